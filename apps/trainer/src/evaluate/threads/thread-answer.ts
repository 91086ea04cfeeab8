import type { SolvedRow } from '../rows/solve-row.js';

/** What a thread says of a task: the row, or an error of ours, of which a clone would lose the class. */
export type ThreadAnswer =
  | { readonly kind: 'solved'; readonly row: SolvedRow }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

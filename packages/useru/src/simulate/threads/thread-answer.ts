import type { ChunkOutcome } from '../chunks.js';

/** What a simulating thread says about a chunk. */
export type ThreadAnswer =
  | { readonly kind: 'done'; readonly outcome: ChunkOutcome }
  | { readonly kind: 'failed'; readonly message: string };

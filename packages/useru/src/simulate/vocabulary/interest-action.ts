import type { Interest } from './interests.js';

/** A kind of event that people do out of interest: its texts are every head with every tail. */
export interface ActionKind {
  /** The interest that drives it. */
  readonly interest: Interest;
  /** Its category. */
  readonly category: string;
  /** First parts of its texts. */
  readonly heads: readonly string[];
  /** Last parts. */
  readonly tails: readonly string[];
  /** A typical price at middling income; absent where nothing is paid. */
  readonly price?: number;
  /** How often it is done beside other kinds of equal interest; default 1. */
  readonly weight?: number;
}

/** Splits a comma-separated list of words. */
export const list = (text: string): readonly string[] => text.split(', ');

/** All texts of a kind; those of a search are what was typed, others start with the category. */
export const textsOf = (kind: ActionKind, options: { readonly isBare: boolean }): string[] =>
  kind.heads.flatMap((head) =>
    kind.tails.map((tail) =>
      options.isBare ? `${head} ${tail}` : `${kind.category} ${head} ${tail}`,
    ),
  );

import type { PastContent } from './past-inputs.js';

/** Encoded prefixes of a batch of users: all that queries need to know of them. */
export interface PrefixCache extends PastContent {
  /** Tokens of each user's prefix, padding not counted. */
  readonly prefixLengths: readonly number[];
}

/** The block of cached tokens that is a prefix. */
export const prefixBlock = 'prefix';

/** The block of a prefix in another precision than float32. */
export const storedBlock = 'stored';

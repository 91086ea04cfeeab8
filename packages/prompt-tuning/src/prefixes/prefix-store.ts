import type { DecoderConfig } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import {
  joinedPrefixes,
  singlePrefixes,
  type BatchArrays,
  type PrefixCache,
  type SinglePrefix,
} from '@q-anchor/dual-tower';

/** Keys and values of many users' prefixes, each user's by itself. */
export interface PrefixStore {
  /** How many users there are. */
  readonly users: number;
  /** Bytes of their keys and values. */
  readonly bytes: number;
  /** Tokens of each user's prefix, in the order in which they were added. */
  readonly lengths: readonly number[];
  /**
   * A batch of users, padded to the longest.
   *
   * @param indices - places of users in the order in which they were added, at least one
   * @param arrays - where the batch's arrays come from; by default they are new
   */
  batch(indices: readonly number[], arrays?: BatchArrays): PrefixCache;
  /**
   * A store of some of the users, in this order. It shares their keys and values with this one and may
   * grow by itself.
   *
   * @param indices - places of users
   */
  of(indices: readonly number[]): PrefixStore;
  /**
   * Adds users; their padding is left out.
   *
   * @throws {@link @q-anchor/core#InputError} if they take more memory than there may be
   */
  add(cache: PrefixCache): void;
}

/**
 * A store.
 *
 * @param decoder - the decoder's shape
 * @param options - `maxBytes`: bytes of keys and values at most; `prefixes`: the users it begins with
 */
export function createPrefixStore(
  decoder: DecoderConfig,
  {
    maxBytes,
    prefixes: first = [],
  }: { readonly maxBytes: number; readonly prefixes?: readonly SinglePrefix[] },
): PrefixStore {
  const prefixes = [...first];
  let bytes = prefixes.reduce((sum, { content }) => sum + content.byteLength, 0);
  const chosen = (indices: readonly number[]): readonly SinglePrefix[] =>
    indices.map((index) => prefixes[index]!);

  return {
    get users() {
      return prefixes.length;
    },
    get bytes() {
      return bytes;
    },
    get lengths() {
      return prefixes.map(({ length }) => length);
    },
    add(cache) {
      for (const prefix of singlePrefixes(cache, decoder)) {
        bytes += prefix.content.byteLength;
        if (bytes > maxBytes) {
          throw tooLargeStore(prefixes.length + 1, { what: 'keys and values', bytes, maxBytes });
        }
        prefixes.push(prefix);
      }
    },
    of: (indices) => createPrefixStore(decoder, { maxBytes, prefixes: chosen(indices) }),
    batch: (indices, arrays) => joinedPrefixes(chosen(indices), decoder, arrays),
  };
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** The error of a store that is full: `users` are the first that no longer fit. */
export const tooLargeStore = (
  users: number,
  {
    what,
    bytes,
    maxBytes,
  }: { readonly what: string; readonly bytes: number; readonly maxBytes: number },
): InputError =>
  new InputError({
    where: 'prefixes of tuning users',
    expected: `at most ${mebibytes(maxBytes)} of ${what}`,
    found: `${mebibytes(bytes)} for the first ${users} users`,
    fix: 'Take fewer users, or allow more memory',
  });

import type { DecoderConfig } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import type { PrefixCache } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

/** Keys and values of many users' prefixes, each user's by itself. */
export interface PrefixStore {
  /** How many users there are. */
  readonly users: number;
  /** Bytes of their keys and values. */
  readonly bytes: number;
  /**
   * A batch of users, padded to the longest.
   *
   * @param indices - places of users in the order in which they were added, at least one
   */
  batch(indices: readonly number[]): PrefixCache;
}

/** A store while it is filled. */
export interface FillingPrefixStore extends PrefixStore {
  /**
   * Adds users; their padding is left out.
   *
   * @throws {@link @q-anchor/core#InputError} if they take more memory than there may be
   */
  add(cache: PrefixCache): void;
}

interface StoredPrefix {
  readonly length: number;
  readonly segments: BigInt64Array;
  readonly positions: BigInt64Array;
  /** `[layers, keys and values, groups, length, size]`. */
  readonly content: Float32Array;
}

/**
 * An empty store.
 *
 * @param decoder - the decoder's shape
 * @param options - `maxBytes`: bytes of keys and values at most
 */
export function createPrefixStore(
  decoder: DecoderConfig,
  { maxBytes }: { readonly maxBytes: number },
): FillingPrefixStore {
  const { layers, keyValueHeads: groups, headSize: size } = decoder;
  const prefixes: StoredPrefix[] = [];
  let bytes = 0;

  const added = (cache: PrefixCache, user: number): StoredPrefix => {
    const length = cache.prefixLengths[user]!;
    const longest = cache.layout.segments.shape[1]!;
    const content = new Float32Array(layers * 2 * groups * length * size);
    let at = 0;
    for (const { keys, values } of cache.layers) {
      for (const { data } of [keys, values]) {
        for (let g = 0; g < groups; g++) {
          const start = (user * groups + g) * longest * size;
          content.set((data as Float32Array).subarray(start, start + length * size), at);
          at += length * size;
        }
      }
    }
    const row = ({ data }: TensorData): BigInt64Array =>
      (data as BigInt64Array).slice(user * longest, user * longest + length);
    return {
      length,
      segments: row(cache.layout.segments),
      positions: row(cache.layout.positions),
      content,
    };
  };

  return {
    get users() {
      return prefixes.length;
    },
    get bytes() {
      return bytes;
    },
    add(cache) {
      for (const user of cache.prefixLengths.keys()) {
        const prefix = added(cache, user);
        bytes += prefix.content.byteLength;
        if (bytes > maxBytes) {
          throw tooLargeStore(prefixes.length + 1, { what: 'keys and values', bytes, maxBytes });
        }
        prefixes.push(prefix);
      }
    },
    batch(indices) {
      const chosen = indices.map((index) => prefixes[index]!);
      const prefixLengths = chosen.map(({ length }) => length);
      const longest = Math.max(...prefixLengths);
      const layout = (key: 'segments' | 'positions', padding: bigint): TensorData => {
        const data = new BigInt64Array(chosen.length * longest).fill(padding);
        for (const [b, prefix] of chosen.entries()) data.set(prefix[key], b * longest);
        return { dtype: 'int64', shape: [chosen.length, longest], data };
      };
      const block = (index: number): TensorData => {
        const data = new Float32Array(chosen.length * groups * longest * size);
        for (const [b, { length, content }] of chosen.entries()) {
          for (let g = 0; g < groups; g++) {
            const start = (index * groups + g) * length * size;
            const part = content.subarray(start, start + length * size);
            data.set(part, (b * groups + g) * longest * size);
          }
        }
        return { dtype: 'float32', shape: [chosen.length, groups, longest, size], data };
      };
      return {
        prefixLengths,
        layout: { segments: layout('segments', -1n), positions: layout('positions', 0n) },
        layers: Array.from({ length: layers }, (_, layer) => ({
          keys: block(2 * layer),
          values: block(2 * layer + 1),
        })),
      };
    },
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

import { InputError } from '@q-anchor/core';
import { arrayOf, type TensorData } from '@q-anchor/graph';

import { storedType, type LayersContent } from './past-inputs.js';
import type { PrefixCache } from './prefix-cache.js';
import { rangePlace } from './quantised-prefix.js';
import type { KeyValueShape } from './single-prefixes.js';
import { storageOf, type StoragePrecision, type StoredPrefix } from './stored-prefix.js';

/**
 * Single prefixes as a batch, padded to the longest: the inverse of `singlePrefixes`. They stay in the
 * precision in which they are kept; of one prefix nothing is copied.
 *
 * @param prefixes - at least one, all of one precision
 * @param decoder - the decoder's shape
 * @throws {@link InputError} if there are several precisions
 */
export function joinedPrefixes(
  prefixes: readonly StoredPrefix[],
  decoder: KeyValueShape,
): PrefixCache {
  const { layers, keyValueHeads: groups, headSize: size } = decoder;
  const prefixLengths = prefixes.map(({ length }) => length);
  const longest = Math.max(...prefixLengths);
  const batch = prefixes.length;
  const storage = commonStorage(prefixes);
  const layout = (key: 'segments' | 'positions', padding: bigint): TensorData => {
    const data = new BigInt64Array(batch * longest).fill(padding);
    for (const [b, prefix] of prefixes.entries()) data.set(prefix[key], b * longest);
    return { dtype: 'int64', shape: [batch, longest], data };
  };
  /** Rows of each prefix, `groups` of them from a place on, side by side. */
  const rows = (
    shape: readonly [rows: number, columns: number],
    part: { readonly of: 'content' | 'ranges'; readonly start: (length: number) => number },
  ): TensorData => {
    const dtype = part.of === 'content' ? storedType[storage] : 'float32';
    const own = (b: number): number => (shape[0] === longest ? prefixLengths[b]! : shape[0]);
    const partOf = ({ length, ...prefix }: StoredPrefix, b: number) => {
      const start = part.start(length);
      return prefix[part.of]!.subarray(start, start + groups * own(b) * shape[1]);
    };
    if (batch === 1) {
      return { dtype, shape: [1, groups, ...shape], data: partOf(prefixes[0]!, 0) };
    }
    const data = arrayOf(dtype, batch * groups * shape[0] * shape[1]) as Float32Array;
    for (const [b, prefix] of prefixes.entries()) {
      const source = partOf(prefix, b) as Float32Array;
      const count = own(b) * shape[1];
      for (let g = 0; g < groups; g++) {
        const to = (b * groups + g) * shape[0] * shape[1];
        data.set(source.subarray(g * count, (g + 1) * count), to);
      }
    }
    return { dtype, shape: [batch, groups, ...shape], data };
  };
  const block = (layer: number, kind: 0 | 1): TensorData =>
    rows([longest, size], {
      of: 'content',
      start: (length) => (2 * layer + kind) * groups * length * size,
    });
  const ranges = (layer: number, what: 'scales' | 'offsets') => {
    const start = (kind: 'keys' | 'values') => (length: number) =>
      rangePlace(layer, { kind, length, decoder })[what];
    return {
      keys: rows([1, size], { of: 'ranges', start: start('keys') }),
      values: rows([longest, 1], { of: 'ranges', start: start('values') }),
    };
  };
  return {
    prefixLengths,
    layout: { segments: layout('segments', -1n), positions: layout('positions', 0n) },
    layers: Array.from({ length: layers }, (_, layer): LayersContent[number] => ({
      keys: block(layer, 0),
      values: block(layer, 1),
      ...(storage === 'int8' && {
        ranges: { scales: ranges(layer, 'scales'), offsets: ranges(layer, 'offsets') },
      }),
    })),
  };
}

function commonStorage(prefixes: readonly StoredPrefix[]): StoragePrecision {
  const all = [...new Set(prefixes.map(storageOf))];
  if (all.length === 1) return all[0]!;
  throw new InputError({
    where: 'joinedPrefixes',
    expected: 'at least one prefix, all of one precision',
    found: all.join(' and ') || 'none',
  });
}

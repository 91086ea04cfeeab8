import { InputError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { storedType } from './past-inputs.js';
import type { PrefixCache } from './prefix-cache.js';
import { newArrays, type BatchArrays } from './reused-arrays.js';
import type { KeyValueShape } from './single-prefixes.js';
import { storageOf, type StoragePrecision, type StoredPrefix } from './stored-prefix.js';

/**
 * Single prefixes as a batch, padded to the longest: the inverse of `singlePrefixes`. They stay in the
 * precision in which they are kept; of one prefix nothing is copied.
 *
 * @param prefixes - at least one, all of one precision
 * @param decoder - the decoder's shape
 * @param arrays - where the batch's arrays come from; by default they are new
 * @throws {@link InputError} if there are several precisions
 */
export function joinedPrefixes(
  prefixes: readonly StoredPrefix[],
  decoder: KeyValueShape,
  arrays: BatchArrays = newArrays,
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
  const block = (index: number): TensorData => {
    const dtype = storedType[storage];
    const shape = [batch, groups, longest, size];
    const partOf = ({ content, length }: StoredPrefix) =>
      content.subarray(index * groups * length * size, (index + 1) * groups * length * size);
    if (batch === 1) return { dtype, shape, data: partOf(prefixes[0]!) };
    const count = batch * groups * longest * size;
    const data = arrays.take(`block ${index}`, dtype, count) as Float32Array;
    for (const [b, prefix] of prefixes.entries()) {
      const part = partOf(prefix) as Float32Array;
      const own = prefix.length * size;
      for (let g = 0; g < groups; g++) {
        const start = (b * groups + g) * longest * size;
        data.set(part.subarray(g * own, (g + 1) * own), start);
        data.fill(0, start + own, start + longest * size);
      }
    }
    return { dtype, shape, data };
  };
  const ranges = (): TensorData => {
    const [parts, own] = [4 * layers, groups * size];
    const shape = [parts, batch, groups, 1, size];
    if (batch === 1) return { dtype: 'float32', shape, data: prefixes[0]!.ranges! };
    const data = new Float32Array(parts * batch * own);
    for (const [b, prefix] of prefixes.entries()) {
      for (let part = 0; part < parts; part++) {
        const range = prefix.ranges!.subarray(part * own, (part + 1) * own);
        data.set(range, (part * batch + b) * own);
      }
    }
    return { dtype: 'float32', shape, data };
  };
  return {
    prefixLengths,
    layout: { segments: layout('segments', -1n), positions: layout('positions', 0n) },
    layers: Array.from({ length: layers }, (_, layer) => ({
      keys: block(2 * layer),
      values: block(2 * layer + 1),
    })),
    ...(storage === 'int8' && { ranges: ranges() }),
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

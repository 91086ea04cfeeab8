import type { TensorData } from '@q-anchor/graph';

import { textInputNames } from './names.js';
import type { TextGroup } from './text-encoder.js';

const int64 = (shape: readonly number[], data: BigInt64Array): TensorData => ({
  dtype: 'int64',
  shape,
  data,
});

/**
 * Texts as padded token ids with their mask, each distinct one once, and for every text of a group
 * the row it has there.
 *
 * @param groups - token ids of texts
 */
export function textRows(groups: readonly TextGroup[]): Record<string, TensorData> {
  const rowOf = new Map<string, number>();
  const distinct: (readonly number[])[] = [];
  const feeds: Record<string, TensorData> = {};
  for (const { name, texts } of groups) {
    const rows = texts.map((ids) => {
      // Nobody reads a row without tokens: any will do.
      if (ids.length === 0) return 0;
      const key = ids.join();
      const known = rowOf.get(key);
      if (known !== undefined) return known;
      rowOf.set(key, distinct.length);
      return distinct.push(ids) - 1;
    });
    feeds[textInputNames.rows(name)] = int64([rows.length], BigInt64Array.from(rows, BigInt));
  }
  // Without any text there still has to be a row.
  const count = Math.max(1, distinct.length);
  const time = distinct.reduce((longest, ids) => Math.max(longest, ids.length), 1);
  const tokens = new BigInt64Array(count * time);
  const mask = new BigInt64Array(count * time);
  for (const [row, ids] of distinct.entries()) {
    for (const [t, id] of ids.entries()) {
      tokens[row * time + t] = BigInt(id);
      mask[row * time + t] = 1n;
    }
  }
  feeds[textInputNames.tokens] = int64([count, time], tokens);
  feeds[textInputNames.mask] = int64([count, time], mask);
  return feeds;
}

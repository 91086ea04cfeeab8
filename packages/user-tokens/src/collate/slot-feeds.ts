import type { TensorData } from '@q-anchor/graph';

import { userInputNames } from '../encoder/inputs.js';

/**
 * Token rows by slot, segments and positions of a batch of prefixes, each `[batch, length]`;
 * padding is row 0 in segment -1.
 *
 * @param rows - rows of the token table by user, in the order of its prefix
 * @param length - the longest prefix
 */
export function slotFeeds(
  rows: readonly (readonly number[])[],
  length: number,
): Record<string, TensorData> {
  const shape = [rows.length, length];
  const slots = new BigInt64Array(rows.length * length);
  const segments = new BigInt64Array(rows.length * length).fill(-1n);
  const positions = new BigInt64Array(rows.length * length);
  for (const [b, list] of rows.entries()) {
    for (const [t, row] of list.entries()) {
      slots[b * length + t] = BigInt(row);
      segments[b * length + t] = 0n;
      positions[b * length + t] = BigInt(t);
    }
  }
  return {
    [userInputNames.slots]: { dtype: 'int64', shape, data: slots },
    [userInputNames.segments]: { dtype: 'int64', shape, data: segments },
    [userInputNames.positions]: { dtype: 'int64', shape, data: positions },
  };
}

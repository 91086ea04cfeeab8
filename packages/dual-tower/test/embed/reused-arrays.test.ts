import { createReusedArrays, joinedPrefixes } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

const shape = { layers: 1, keyValueHeads: 1, headSize: 2 };
const prefix = (length: number, value: number) => ({
  length,
  segments: new BigInt64Array(length),
  positions: new BigInt64Array(length),
  content: new Float32Array(2 * length * 2).fill(value),
});

test('a batch in arrays of the one before is what it is in new ones, padding included', () => {
  const arrays = createReusedArrays();
  const first = joinedPrefixes([prefix(4, 7), prefix(4, 8)], shape, arrays);
  const second = [prefix(1, 1), prefix(3, 2)];
  const joined = joinedPrefixes(second, shape, arrays);
  expect(joined).toEqual(joinedPrefixes(second, shape));
  expect(joined.layers[0]!.keys.data.buffer).toBe(first.layers[0]!.keys.data.buffer);
});

import { createRandom } from '@q-anchor/core';
import { expect, test } from 'vitest';

import { attention, type FloatDType, type TensorData } from '@q-anchor/graph';

import { drawn, floatTypes } from './support/drawn.js';
import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

interface Block {
  readonly keys: number;
  readonly k: readonly number[];
  readonly v: readonly number[];
  readonly mask: readonly number[];
}
interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly groups: number;
  readonly time: number;
  readonly size: number;
}

/** Query by query, all blocks as one list of keys, head h using group floor(h / (heads / groups)). */
const slow = (q: readonly number[], blocks: readonly Block[], sizes: Sizes): number[] => {
  const { batch, heads, groups, time, size } = sizes;
  const y: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const group = Math.floor(h / (heads / groups));
      for (let t = 0; t < time; t++) {
        const query = q.slice(((b * heads + h) * time + t) * size).slice(0, size);
        const seen = blocks.flatMap(({ keys, k, v, mask }) =>
          Array.from({ length: keys }, (_, j) => {
            const at = ((b * groups + group) * keys + j) * size;
            const dot = query.reduce((sum, value, i) => sum + value * k[at + i]!, 0);
            const hidden = mask[((b * heads + h) * time + t) * keys + j]!;
            return { score: dot / Math.sqrt(size) + hidden, value: v.slice(at, at + size) };
          }),
        );
        const largest = Math.max(...seen.map(({ score }) => score));
        const weights = seen.map(({ score }) => Math.exp(score - largest));
        const total = weights.reduce((a, c) => a + c, 0);
        for (let i = 0; i < size; i++) {
          y.push(seen.reduce((sum, { value }, j) => sum + (weights[j]! / total) * value[i]!, 0));
        }
      }
    }
  }
  return y;
};

const fast = async (
  dtype: FloatDType,
  q: readonly number[],
  { blocks, sizes }: { readonly blocks: readonly Block[]; readonly sizes: Sizes },
): Promise<{ y: number[]; probabilities: number[][] }> => {
  const { batch, heads, groups, time, size } = sizes;
  const feeds: Record<string, TensorData> = { q: tensorOf(dtype, [batch, heads, time, size], q) };
  for (const [i, { keys, k, v, mask }] of blocks.entries()) {
    feeds[`k${i}`] = tensorOf(dtype, [batch, groups, keys, size], k);
    feeds[`v${i}`] = tensorOf(dtype, [batch, groups, keys, size], v);
    feeds[`mask${i}`] = tensorOf(dtype, [batch, heads, time, keys], mask);
  }
  const result = await evaluate(feeds, (inputs) => {
    const { output, probabilities } = attention(
      inputs['q']!,
      blocks.map((_, i) => ({
        keys: inputs[`k${i}`]!,
        values: inputs[`v${i}`]!,
        mask: inputs[`mask${i}`]!,
      })),
    );
    return { y: output, ...Object.fromEntries(probabilities.map((p, i) => [`p${i}`, p])) };
  });
  return {
    y: numbersOf(result['y']!),
    probabilities: blocks.map((_, i) => numbersOf(result[`p${i}`]!)),
  };
};

const drawnBlock = (seed: number, keys: number, sizes: Sizes): Block => {
  const { batch, heads, groups, time, size } = sizes;
  const random = createRandom(seed);
  return {
    keys,
    k: drawn(seed + 1, batch * groups * keys * size),
    v: drawn(seed + 2, batch * groups * keys * size),
    // The first key is always visible: a row all hidden has its scores rounded at 1e9.
    mask: Array.from({ length: batch * heads * time * keys }, (_, i) =>
      i % keys > 0 && random.uniform() < 0.3 ? -1e9 : 0,
    ),
  };
};

test.each(floatTypes)(
  'grouped heads and two blocks against the definition, %s',
  async (dtype, tolerance) => {
    const sizes = { batch: 2, heads: 6, groups: 2, time: 5, size: 8 };
    const q = drawn(20, 2 * 6 * 5 * 8, 2);
    const blocks = [drawnBlock(30, 7, sizes), drawnBlock(40, 5, sizes)];
    const { y, probabilities } = await fast(dtype, q, { blocks, sizes });
    expect(relativeError([y, slow(q, blocks, sizes)])).toBeLessThan(tolerance);
    for (let row = 0; row < 2 * 6 * 5; row++) {
      const all = [
        ...probabilities[0]!.slice(row * 7, (row + 1) * 7),
        ...probabilities[1]!.slice(row * 5, (row + 1) * 5),
      ];
      expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  },
);

test.each(floatTypes)(
  'keys split into blocks at any point give the same, %s',
  async (dtype, tolerance) => {
    const sizes = { batch: 1, heads: 2, groups: 1, time: 3, size: 4 };
    const q = drawn(21, 2 * 3 * 4);
    const whole = drawnBlock(50, 6, sizes);
    const rowsOf = (mask: readonly number[], from: number, to: number): number[] =>
      mask.filter((_, i) => i % 6 >= from && i % 6 < to);
    const part = (from: number, to: number): Block => ({
      keys: to - from,
      k: whole.k.slice(from * 4, to * 4),
      v: whole.v.slice(from * 4, to * 4),
      mask: rowsOf(whole.mask, from, to),
    });
    const together = await fast(dtype, q, { blocks: [whole], sizes });
    for (const cut of [0, 1, 5]) {
      const blocks = [part(0, cut), part(cut, 6)];
      const { y } = await fast(dtype, q, { blocks, sizes });
      expect(relativeError([y, together.y])).toBeLessThan(tolerance);
    }
  },
);

test('by hand: equal scores average the visible values', async () => {
  const sizes = { batch: 1, heads: 1, groups: 1, time: 1, size: 2 };
  const block = { keys: 3, k: [1, 2, 3, 4, 5, 6], v: [2, 0, 4, 8, 99, 99], mask: [0, 0, -1e9] };
  const { y, probabilities } = await fast('float64', [0, 0], { blocks: [block], sizes });
  expect(y).toEqual([3, 4]);
  expect(probabilities[0]).toEqual([0.5, 0.5, 0]);
});

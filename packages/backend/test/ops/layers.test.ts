import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  attention,
  layerNorm,
  logSoftmax,
  rmsNorm,
  rotary,
  softmax,
  type FloatDType,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

const types = [
  ['float64', 1e-13],
  ['float32', 1e-6],
] as const;

const drawn = (seed: number, count: number, scale = 1): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => Math.fround(scale * random.normal()));
};

const ofOne = async (x: TensorData, build: (x: Tensor) => Tensor): Promise<number[]> =>
  numbersOf((await evaluate({ x }, (inputs) => ({ y: build(inputs['x']!) })))['y']!);

describe('softmax and logSoftmax', () => {
  const log = Math.log;

  test.each(types)('by hand in %s', async (dtype, tolerance) => {
    const x = tensorOf(dtype, [2, 3], [log(1), log(2), log(5), 0, 0, 0]);
    const probabilities = [1 / 8, 2 / 8, 5 / 8, 1 / 3, 1 / 3, 1 / 3];
    expect(relativeError([await ofOne(x, softmax), probabilities])).toBeLessThan(tolerance);
    const logarithms = probabilities.map((p) => log(p));
    expect(relativeError([await ofOne(x, logSoftmax), logarithms])).toBeLessThan(tolerance);
  });

  test.each(types)('extreme values in %s', async (dtype) => {
    const x = tensorOf(dtype, [3], [-200, 200, 200]);
    expect(relativeError([await ofOne(x, softmax), [0, 0.5, 0.5]])).toBeLessThan(1e-6);
    const expected = [-400 - log(2), -log(2), -log(2)];
    expect(relativeError([await ofOne(x, logSoftmax), expected])).toBeLessThan(1e-6);
  });

  test('a shift of a row changes nothing, one element is certain, NaN stays in its row', async () => {
    const values = drawn(1, 6);
    const plain = await ofOne(tensorOf('float64', [2, 3], values), softmax);
    const moved = tensorOf(
      'float64',
      [2, 3],
      values.map((value, i) => value + (i < 3 ? 7 : -30)),
    );
    expect(relativeError([await ofOne(moved, softmax), plain])).toBeLessThan(1e-13);
    expect(await ofOne(tensorOf('float32', [2, 1], [5, -80]), softmax)).toEqual([1, 1]);
    expect(await ofOne(tensorOf('float32', [2, 1], [5, -80]), logSoftmax)).toEqual([0, 0]);
    const broken = await ofOne(tensorOf('float32', [2, 2], [NaN, 1, 0, 0]), softmax);
    expect(broken).toEqual([NaN, NaN, 0.5, 0.5]);
  });
});

describe('norms', () => {
  const norms = async (
    dtype: FloatDType,
    content: {
      x: readonly number[];
      weight: readonly number[];
      bias: readonly number[];
      epsilon: number;
    },
  ) => {
    const width = content.weight.length;
    const { rms, layer } = await evaluate(
      {
        x: tensorOf(dtype, [content.x.length / width, width], content.x),
        weight: tensorOf(dtype, [width], content.weight),
        bias: tensorOf(dtype, [width], content.bias),
      },
      ({ x, weight, bias }) => ({
        rms: rmsNorm(x!, { weight: weight!, epsilon: content.epsilon }),
        layer: layerNorm(x!, { weight: weight!, bias: bias!, epsilon: content.epsilon }),
      }),
    );
    return { rms: numbersOf(rms!), layer: numbersOf(layer!) };
  };

  test.each(types)('by hand in %s', async (dtype, tolerance) => {
    // Mean square of (3, -4, 0, 0) is 25/4; of (1, 3) the mean is 2 and the variance 1.
    const first = { x: [3, -4, 0, 0], weight: [1, 2, 1, 1], bias: [0, 0, 0, 0], epsilon: 0 };
    const { rms } = await norms(dtype, first);
    expect(relativeError([rms, [1.2, -3.2, 0, 0]])).toBeLessThan(tolerance);
    const second = { x: [1, 3], weight: [2, 3], bias: [10, 20], epsilon: 3 };
    const { layer } = await norms(dtype, second);
    expect(relativeError([layer, [9, 21.5]])).toBeLessThan(tolerance);
  });

  test.each(types)('rows of 300 in %s', async (dtype, tolerance) => {
    const [rows, width, epsilon] = [5, 300, 1e-6];
    const [x, weight, bias] = [
      drawn(2, rows * width, 3).map((value, i) => value + (i % rows)),
      drawn(3, width),
      drawn(4, width),
    ];
    const exact = x.map((value) => Math.fround(value));
    const actual = await norms(dtype, { x: exact, weight: weight, bias: bias, epsilon });
    const [rms, layer]: [number[], number[]] = [[], []];
    for (let r = 0; r < rows; r++) {
      const row = exact.slice(r * width, (r + 1) * width);
      const square = row.reduce((sum, value) => sum + value * value, 0) / width;
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      for (const [i, value] of row.entries()) {
        rms.push((value / Math.sqrt(square + epsilon)) * weight[i]!);
        layer.push(((value - mean) / Math.sqrt(variance + epsilon)) * weight[i]! + bias[i]!);
      }
    }
    expect(relativeError([actual.rms, rms])).toBeLessThan(tolerance);
    expect(relativeError([actual.layer, layer])).toBeLessThan(tolerance);
  });

  test.each(types)('a row of zeros stays finite in %s', async (dtype) => {
    const zeros = { x: [0, 0, 0], weight: [1, 2, 3], bias: [4, 5, 6], epsilon: 1e-6 };
    expect(await norms(dtype, zeros)).toEqual({ rms: [0, 0, 0], layer: [4, 5, 6] });
  });
});

describe('rotary', () => {
  /** Each pair (x_i, x_(i + half)) as a complex number, times e^(i angle). */
  const turnedSlowly = (
    x: readonly number[],
    angles: (token: number, pair: number) => number,
    { heads, half }: { readonly heads: number; readonly half: number },
  ): number[] => {
    const y = [...x];
    const width = 2 * heads * half;
    for (let token = 0; token < x.length / width; token++) {
      for (let head = 0; head < heads; head++) {
        for (let pair = 0; pair < half; pair++) {
          const at = token * width + head * 2 * half + pair;
          const [re, im] = [x[at]!, x[at + half]!];
          const angle = angles(token, pair);
          y[at] = re * Math.cos(angle) - im * Math.sin(angle);
          y[at + half] = im * Math.cos(angle) + re * Math.sin(angle);
        }
      }
    }
    return y;
  };

  const turned = async (
    dtype: FloatDType,
    content: { x: TensorData; positions: TensorData; rows: number; half: number },
  ): Promise<number[]> => {
    const { x, positions, rows, half } = content;
    const table = (of: (angle: number) => number): TensorData =>
      tensorOf(
        dtype,
        [rows, half],
        Array.from({ length: rows * half }, (_, i) => of(Math.floor(i / half) * 0.5 ** (i % half))),
      );
    const { y } = await evaluate(
      { x, positions, cosines: table(Math.cos), sines: table(Math.sin) },
      (inputs) => ({
        y: rotary(inputs['x']!, {
          positions: inputs['positions']!,
          cosines: inputs['cosines']!,
          sines: inputs['sines']!,
        }),
      }),
    );
    return numbersOf(y!);
  };

  test.each(types)(
    'against complex numbers, positions in any order, %s',
    async (dtype, tolerance) => {
      const [batch, time, heads, half, rows] = [2, 5, 3, 4, 9];
      const x = drawn(6, batch * time * heads * 2 * half);
      const positions = [0, 1, 2, 8, 3, 4, 4, 0, 7, 1];
      const actual = await turned(dtype, {
        x: tensorOf(dtype, [batch, time, heads * 2 * half], x),
        positions: tensorOf('int64', [batch, time], positions),
        rows,
        half,
      });
      const angles = (token: number, pair: number): number => positions[token]! * 0.5 ** pair;
      expect(relativeError([actual, turnedSlowly(x, angles, { heads, half })])).toBeLessThan(
        tolerance,
      );
    },
  );

  test.each(types)(
    'more tokens than the table has rows, and none at all, %s',
    async (dtype, tolerance) => {
      const x = drawn(7, 6 * 4);
      const positions = [0, 1, 0, 1, 0, 1];
      const actual = await turned(dtype, {
        x: tensorOf(dtype, [1, 6, 4], x),
        positions: tensorOf('int64', [1, 6], positions),
        rows: 2,
        half: 2,
      });
      const angles = (token: number, pair: number): number => positions[token]! * 0.5 ** pair;
      const expected = turnedSlowly(x, angles, { heads: 1, half: 2 });
      expect(relativeError([actual, expected])).toBeLessThan(tolerance);
      const nothing = {
        x: tensorOf(dtype, [1, 0, 4], []),
        positions: tensorOf('int64', [1, 0], []),
        rows: 2,
        half: 2,
      };
      expect(await turned(dtype, nothing)).toEqual([]);
    },
  );

  test('a quarter turn by hand, and products depend on distance alone', async () => {
    const y = await evaluate(
      {
        x: tensorOf('float64', [1, 2, 2], [3, 4, 3, 4]),
        positions: tensorOf('int64', [1, 2], [1, 0]),
        cosines: tensorOf('float64', [2, 1], [1, 0]),
        sines: tensorOf('float64', [2, 1], [0, 1]),
      },
      (inputs) => ({
        y: rotary(inputs['x']!, {
          positions: inputs['positions']!,
          cosines: inputs['cosines']!,
          sines: inputs['sines']!,
        }),
      }),
    );
    expect(numbersOf(y['y']!)).toEqual([-4, 3, 3, 4]);
    const pair = drawn(8, 8);
    const dotAt = async (first: number, second: number): Promise<number> => {
      const rows = await turned('float64', {
        x: tensorOf('float64', [1, 2, 4], pair),
        positions: tensorOf('int64', [1, 2], [first, second]),
        rows: 9,
        half: 2,
      });
      return rows.slice(0, 4).reduce((sum, value, i) => sum + value * rows[4 + i]!, 0);
    };
    expect(await dotAt(1, 4)).toBeCloseTo(await dotAt(5, 8), 12);
  });
});

describe('attention', () => {
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

  test.each(types)(
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

  test.each(types)(
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
});

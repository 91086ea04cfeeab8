import { expect, test } from 'vitest';

import { rotary, type FloatDType, type TensorData } from '@q-anchor/graph';

import { drawn, floatTypes } from './support/drawn.js';
import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

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

test.each(floatTypes)(
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

test.each(floatTypes)('a row of the table for each token, %s', async (dtype, tolerance) => {
  const [batch, time, heads, half] = [2, 3, 2, 4];
  const x = drawn(9, batch * time * heads * 2 * half);
  const positions = [0, 1, 2, 5, 4, 3];
  const actual = await turned(dtype, {
    x: tensorOf(dtype, [batch, time, heads * 2 * half], x),
    positions: tensorOf('int64', [batch, time], positions),
    rows: batch * time,
    half,
  });
  const angles = (token: number, pair: number): number => positions[token]! * 0.5 ** pair;
  const expected = turnedSlowly(x, angles, { heads, half });
  expect(relativeError([actual, expected])).toBeLessThan(tolerance);
});

test.each(floatTypes)(
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

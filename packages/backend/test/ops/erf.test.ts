import { describe, expect, test } from 'vitest';

import { erf, gelu, type FloatDType, type Tensor } from '@q-anchor/graph';

import { evaluate, numbersOf, tensorOf } from './support/engine.js';

const valuesOf = async (
  dtype: FloatDType,
  [x, of]: readonly [readonly number[], (x: Tensor) => Tensor],
): Promise<number[]> => {
  const { y } = await evaluate({ x: tensorOf(dtype, [x.length], x) }, (inputs) => ({
    y: of(inputs['x']!),
  }));
  return numbersOf(y!);
};

/** Simpson's rule on `2 / sqrt(pi) e^(-t^2)`: nothing in common with a rational approximation. */
const erfByQuadrature = (x: number): number => {
  const intervals = 4000;
  const h = x / intervals;
  let sum = 1 + Math.exp(-x * x);
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2));
  return (2 / Math.sqrt(Math.PI)) * ((sum * h) / 3);
};

describe('erf in float64', () => {
  test('tabulated values', async () => {
    // Abramowitz and Stegun, table 7.1.
    const table = [
      [0, 0],
      [0.1, 0.112462916],
      [0.46, 0.48465539],
      [0.48, 0.5027496707],
      [1, 0.8427007929],
      [1.5, 0.9661051465],
      [2, 0.995322265],
    ] as const;
    const values = await valuesOf('float64', [table.map(([x]) => x), erf]);
    for (const [i, [, expected]] of table.entries()) expect(values[i]).toBeCloseTo(expected, 9);
  });

  test('numerical integration, across the borders of its ranges', async () => {
    const points = Array.from({ length: 141 }, (_, i) => (i - 70) / 10);
    const borders = [0.46875, -0.46875, 0.4687500001, 0.46874999, 6, 6.0001, 1e-300];
    const x = [...points, ...borders];
    const values = await valuesOf('float64', [x, erf]);
    for (const [i, at] of x.entries()) {
      expect(Math.abs(values[i]! - erfByQuadrature(at)), `erf(${at})`).toBeLessThan(2e-14);
    }
  });

  test.each(['float64', 'float32'] as const)(
    'odd, bounded, NaN and infinities in %s',
    async (dtype) => {
      const x = [0.3, 1.7, 40, Infinity, NaN];
      const values = await valuesOf(dtype, [[...x, ...x.map((value) => -value)], erf]);
      expect(values.slice(2, 5)).toEqual([1, 1, NaN]);
      for (const i of [0, 1, 2, 3]) expect(values[5 + i]).toBe(-values[i]!);
    },
  );
});

test.each([
  ['float64', 1e-14],
  ['float32', 1e-6],
] as const)('gelu is x times the normal distribution in %s', async (dtype, tolerance) => {
  const x = [-8, -3, -1, -0.25, 0, 0.5, 1, 2.5, 9];
  const values = await valuesOf(dtype, [x, gelu]);
  for (const [i, at] of x.entries()) {
    const expected = (at * (1 + erfByQuadrature(at / Math.SQRT2))) / 2;
    expect(Math.abs(values[i]! - expected), `gelu(${at})`).toBeLessThan(
      tolerance * Math.max(1, Math.abs(at)) * 8,
    );
  }
});

import { expect, test } from 'vitest';

import { layerNorm, rmsNorm, type FloatDType } from '@q-anchor/graph';

import { drawn, floatTypes } from './support/drawn.js';
import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

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

test.each(floatTypes)('by hand in %s', async (dtype, tolerance) => {
  // Mean square of (3, -4, 0, 0) is 25/4; of (1, 3) the mean is 2 and the variance 1.
  const first = { x: [3, -4, 0, 0], weight: [1, 2, 1, 1], bias: [0, 0, 0, 0], epsilon: 0 };
  const { rms } = await norms(dtype, first);
  expect(relativeError([rms, [1.2, -3.2, 0, 0]])).toBeLessThan(tolerance);
  const second = { x: [1, 3], weight: [2, 3], bias: [10, 20], epsilon: 3 };
  const { layer } = await norms(dtype, second);
  expect(relativeError([layer, [9, 21.5]])).toBeLessThan(tolerance);
});

test.each(floatTypes)('rows of 300 in %s', async (dtype, tolerance) => {
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

test.each(floatTypes)('a row of zeros stays finite in %s', async (dtype) => {
  const zeros = { x: [0, 0, 0], weight: [1, 2, 3], bias: [4, 5, 6], epsilon: 1e-6 };
  expect(await norms(dtype, zeros)).toEqual({ rms: [0, 0, 0], layer: [4, 5, 6] });
});

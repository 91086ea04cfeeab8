import { expect, test } from 'vitest';

import { logSoftmax, logSumExp, softmax, type Tensor, type TensorData } from '@q-anchor/graph';

import { drawn, floatTypes } from './support/drawn.js';
import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

const ofOne = async (x: TensorData, build: (x: Tensor) => Tensor): Promise<number[]> =>
  numbersOf((await evaluate({ x }, (inputs) => ({ y: build(inputs['x']!) })))['y']!);

const log = Math.log;

test.each(floatTypes)('by hand in %s', async (dtype, tolerance) => {
  const x = tensorOf(dtype, [2, 3], [log(1), log(2), log(5), 0, 0, 0]);
  const probabilities = [1 / 8, 2 / 8, 5 / 8, 1 / 3, 1 / 3, 1 / 3];
  expect(relativeError([await ofOne(x, softmax), probabilities])).toBeLessThan(tolerance);
  const logarithms = probabilities.map((p) => log(p));
  expect(relativeError([await ofOne(x, logSoftmax), logarithms])).toBeLessThan(tolerance);
  const sums = [log(8), log(3)];
  expect(relativeError([await ofOne(x, logSumExp), sums])).toBeLessThan(tolerance);
});

test.each(floatTypes)('extreme values in %s', async (dtype) => {
  const x = tensorOf(dtype, [3], [-200, 200, 200]);
  expect(relativeError([await ofOne(x, softmax), [0, 0.5, 0.5]])).toBeLessThan(1e-6);
  const expected = [-400 - log(2), -log(2), -log(2)];
  expect(relativeError([await ofOne(x, logSoftmax), expected])).toBeLessThan(1e-6);
  const sum = [200 + log(2)];
  expect(relativeError([await ofOne(x, logSumExp), sum])).toBeLessThan(1e-6);
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
  expect(await ofOne(tensorOf('float32', [2, 1], [5, -80]), logSumExp)).toEqual([5, -80]);
  const broken = await ofOne(tensorOf('float32', [2, 2], [NaN, 1, 0, 0]), softmax);
  expect(broken).toEqual([NaN, NaN, 0.5, 0.5]);
});

import { describe, expect, test } from 'vitest';

import {
  dequantiseParameter,
  quantise,
  quantisedFormats,
  quantisedNames,
  tensorsOf,
  withFormats,
  type ParameterSpecs,
  type QuantisedFormat,
} from '@q-anchor/backbone';
import { createRandom, InputError, ShapeError } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

const matrix = (rows: number, columns: number, seed = 1): TensorData => {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: rows * columns }, () => random.normal() + 0.3);
  return { dtype: 'float32', shape: [rows, columns], data };
};

const formats = ([4, 8] as const).flatMap((bits) =>
  ([32, 64, 128] as const).flatMap((blockSize) =>
    [true, false].map((isSymmetric): QuantisedFormat => ({ bits, blockSize, isSymmetric })),
  ),
);

const back = (tensor: TensorData, format: QuantisedFormat): Float32Array => {
  const parameters = quantise('w', tensor, format);
  return dequantiseParameter(parameters, { name: 'w', shape: tensor.shape, format })
    .data as Float32Array;
};

test('by hand: four bits, symmetric', () => {
  const data = new Float32Array(34);
  data.set([-8, 7, 3.4, -0.6]);
  data.set([0.5, -0.25], 32);
  const format = { bits: 4, blockSize: 32, isSymmetric: true } as const;
  const parts = quantise('w', { dtype: 'float32', shape: [1, 34], data }, format);
  expect(Object.keys(parts)).toEqual(['w.int4', 'w.scales']);
  expect(parts['w.scales']!.data).toEqual(Float32Array.of(1, -0.0625));
  const bytes = [...(parts['w.int4']!.data as Uint8Array)];
  // q + 8 of -8, 7 | 3, -1 | zeros; second block: -8, 4.
  expect(bytes.slice(0, 3)).toEqual([0 + 16 * 15, 11 + 16 * 7, 8 + 16 * 8]);
  expect(bytes.slice(16, 18)).toEqual([0 + 16 * 12, 8 + 16 * 8]);
  expect([...back({ dtype: 'float32', shape: [1, 34], data }, format)].slice(0, 4)).toEqual([
    -8, 7, 3, -1,
  ]);
});

test('by hand: eight bits with zero points', () => {
  const data = new Float32Array(33);
  data.set([-5, 250, 0.4, 0.6]);
  data[32] = 4;
  const format = { bits: 8, blockSize: 32, isSymmetric: false } as const;
  const parts = quantise('w', { dtype: 'float32', shape: [1, 33], data }, format);
  expect(parts['w.scales']!.data).toEqual(Float32Array.of(1, Math.fround(4 / 255)));
  expect(parts['w.zeros']!.data).toEqual(Uint8Array.of(5, 0));
  const bytes = [...(parts['w.int8']!.data as Uint8Array)];
  expect(bytes.slice(0, 5)).toEqual([0, 255, 5, 6, 5]);
  expect(bytes.slice(32, 34)).toEqual([255, 0]);
});

describe.each(formats)('$bits bits in blocks of $blockSize, symmetric $isSymmetric', (format) => {
  const { bits, blockSize, isSymmetric } = format;

  test.each([
    [3, 1],
    [2, 33],
    [5, 160],
    [0, 64],
  ])('each number of [%i, %i] is within half a step', (rows, columns) => {
    const tensor = matrix(rows, columns);
    const values = tensor.data as Float32Array;
    const found = back(tensor, format);
    expect(found.length).toBe(values.length);
    for (const [i, value] of values.entries()) {
      const row = Math.floor(i / columns);
      const start = row * columns + Math.floor((i % columns) / blockSize) * blockSize;
      const block = values.slice(start, Math.min(start + blockSize, (row + 1) * columns));
      const [low, high] = [Math.min(0, ...block), Math.max(0, ...block)];
      const step = isSymmetric
        ? Math.max(-low, high) / 2 ** (bits - 1)
        : (high - low) / (2 ** bits - 1);
      // A symmetric range lacks its last step on the side that is not the furthest.
      const isCut = isSymmetric && Math.abs(value) > (2 ** (bits - 1) - 1) * step;
      expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(step * (isCut ? 1 : 0.5001) + 1e-6);
    }
  });

  test('zero stays zero, and what was quantised stays what it is', () => {
    const tensor = matrix(2, 70);
    (tensor.data as Float32Array).fill(0, 10, 20);
    const once = back(tensor, format);
    expect([...once.subarray(10, 20)].every((value) => value === 0)).toBe(true);
    expect(back({ ...tensor, data: new Float32Array(140) }, format)).toEqual(new Float32Array(140));
    const twice = back({ ...tensor, data: once }, format);
    for (const [i, value] of once.entries()) expect(twice[i]).toBeCloseTo(value, 5);
  });

  test('a factor of two on a block changes its scale alone', () => {
    const tensor = matrix(2, 64);
    const doubled = { ...tensor, data: (tensor.data as Float32Array).map((value) => 2 * value) };
    const [plain, twice] = [quantise('w', tensor, format), quantise('w', doubled, format)];
    const { packed, scales } = quantisedNames('w', format);
    expect(twice[packed]).toEqual(plain[packed]);
    expect(twice[scales]!.data).toEqual(
      (plain[scales]!.data as Float32Array).map((value) => 2 * value),
    );
  });

  test('specs tell the tensors, and tensors the specs', () => {
    const parts = quantise('w', matrix(3, 70), format);
    const specs: ParameterSpecs = {
      w: { shape: [3, 70], kind: 'matrix' },
      b: { shape: [3], kind: 'bias' },
    };
    const marked = withFormats(specs, parts);
    expect(marked).toEqual({ w: { ...specs['w'], quantised: format }, b: specs['b'] });
    const { b, ...tensors } = tensorsOf(marked);
    expect(b).toEqual({ shape: [3], dtype: 'float32' });
    expect(tensors).toEqual(
      Object.fromEntries(
        Object.entries(parts).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
      ),
    );
  });
});

describe('what cannot be quantised is an error', () => {
  const { int8 } = quantisedFormats;

  test.each([NaN, Infinity, -Infinity])('%d among the numbers', (value) => {
    const tensor = matrix(2, 40);
    (tensor.data as Float32Array)[57] = value;
    expect(() => quantise('w', tensor, int8)).toThrow(`${value} at 57`);
  });

  test('no matrix, no floats, too few numbers', () => {
    const { data } = matrix(2, 40);
    expect(() => quantise('w', { dtype: 'float32', shape: [80], data }, int8)).toThrow(InputError);
    expect(() => quantise('w', { dtype: 'float32', shape: [3, 40], data }, int8)).toThrow(
      ShapeError,
    );
    const integers = { dtype: 'int32', shape: [1, 1], data: new Int32Array(1) } as const;
    expect(() => quantise('w', integers, int8)).toThrow(InputError);
  });

  test('parts that do not fit the parameter', () => {
    const specs: ParameterSpecs = { w: { shape: [3, 70], kind: 'matrix' } };
    const parts = quantise('w', matrix(3, 70), int8);
    const { 'w.scales': _, ...missing } = parts;
    expect(() => withFormats(specs, missing)).toThrow(ShapeError);
    expect(() => withFormats(specs, quantise('w', matrix(3, 200), int8))).toThrow(ShapeError);
    expect(() => withFormats(specs, { 'w.int8': { shape: [3, 1, 7] } })).toThrow(InputError);
  });
});

import { createRandom, InputError, ShapeError } from '@q-anchor/core';
import { embeddingAgreement, requireAgreement } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

test('by hand: equal, turned by sixty degrees, opposite', () => {
  const a = Float32Array.of(1, 0, 0, 2, 3, 0);
  const b = Float32Array.of(2, 0, Math.sqrt(3), 1, -1, 0);
  const { count, mean, low, worst } = embeddingAgreement([a, b], 2);
  expect(count).toBe(3);
  expect(mean).toBeCloseTo((1 + 0.5 - 1) / 3, 6);
  expect([low, worst]).toEqual([-1, -1]);
});

test('of three hundred pairs three may be lower than what counts', () => {
  const random = createRandom(1);
  const a = Float32Array.from({ length: 900 }, () => random.normal());
  const b = a.slice();
  for (const row of [7, 100, 299]) for (let i = 0; i < 3; i++) b[3 * row + i]! *= -1;
  const agreement = embeddingAgreement([a, b], 3);
  expect(agreement.worst).toBeCloseTo(-1, 6);
  expect(agreement.low).toBeCloseTo(1, 6);
  expect(() => requireAgreement('int8', agreement)).not.toThrow();
  b[0]! *= -1;
  b[1]! *= -1;
  b[2]! *= -1;
  expect(embeddingAgreement([a, b], 3).low).toBeCloseTo(-1, 6);
});

test('what is no number agrees with nothing', () => {
  const a = Float32Array.of(1, 0, 1, 0);
  expect(embeddingAgreement([a, Float32Array.of(1, 0, Number.NaN, 0)], 2).worst).toBe(-1);
  expect(embeddingAgreement([a, Float32Array.of(1, 0, 0, 0)], 2).worst).toBe(-1);
});

test('none, or sets of different sizes, are errors', () => {
  const none = new Float32Array(0);
  expect(() => embeddingAgreement([none, none], 2)).toThrow(InputError);
  expect(() => embeddingAgreement([new Float32Array(4), new Float32Array(2)], 2)).toThrow(
    ShapeError,
  );
  expect(() => embeddingAgreement([new Float32Array(3), new Float32Array(3)], 2)).toThrow(
    ShapeError,
  );
});

test('each precision has its bar', () => {
  const at = (low: number) => ({ count: 200, mean: 0.9999, low, worst: low });
  expect(() => requireAgreement('int8', at(0.9989))).toThrow('at least 0.999');
  expect(() => requireAgreement('int4', at(0.9901))).not.toThrow();
  expect(() => requireAgreement('int4', at(0.9899))).toThrow(InputError);
  expect(() => requireAgreement('bf16', at(0.998))).toThrow(InputError);
  expect(() => requireAgreement('int8', at(Number.NaN))).toThrow(InputError);
});

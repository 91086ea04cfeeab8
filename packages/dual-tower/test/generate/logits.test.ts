import { InputError } from '@q-anchor/core';
import { logProbability, penalised } from '@q-anchor/dual-tower';
import { describe, expect, test } from 'vitest';

describe('log-probability', () => {
  test('by hand', () => {
    const logits = Float32Array.from([0.25, 0.75], (p) => Math.log(p) + 5);
    expect(logProbability(logits, 0)).toBeCloseTo(Math.log(0.25), 6);
    expect(logProbability(logits, 1)).toBeCloseTo(Math.log(0.75), 6);
  });

  test('stays finite for large logits, and is minus infinity for what may not come', () => {
    expect(logProbability(Float32Array.of(1000, -1000), 1)).toBe(-2000);
    expect(logProbability(Float32Array.of(2, -Infinity), 1)).toBe(-Infinity);
    expect(logProbability(Float32Array.of(7), 0)).toBe(0);
  });

  test('NaN is an error', () => {
    expect(() => logProbability(Float32Array.of(1, Number.NaN), 0)).toThrow(InputError);
  });
});

describe('repetition penalty', () => {
  const logits = Float32Array.of(2, -2, 0, 3);

  test('divides positive logits and multiplies negative ones, once', () => {
    expect([...penalised(logits, { ids: [0, 1, 2, 0], penalty: 2 })]).toEqual([1, -4, 0, 3]);
    expect([...penalised(logits, { ids: [0, 1], penalty: 0.5 })]).toEqual([4, -1, 0, 3]);
  });

  test('leaves its input as it is, also where it does nothing', () => {
    const same = penalised(logits, { ids: [0, 1], penalty: 1 });
    expect(same).toEqual(logits);
    expect(same).not.toBe(logits);
    expect([...logits]).toEqual([2, -2, 0, 3]);
  });
});

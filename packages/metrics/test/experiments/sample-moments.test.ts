import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { mergedMoments, sampleMoments } from '@q-anchor/metrics';

describe('sampleMoments', () => {
  test('by hand, and far from 0 without loss', () => {
    expect(sampleMoments([1, 2, 6])).toEqual({ users: 3, mean: 3, variance: 7 });
    expect(sampleMoments([5])).toEqual({ users: 1, mean: 5, variance: 0 });
    expect(sampleMoments([1, 2, 6].map((v) => v + 2 ** 40))).toEqual({
      users: 3,
      mean: 2 ** 40 + 3,
      variance: 7,
    });
  });

  test('merged parts equal the whole', () => {
    const random = createRandom(3);
    const values = Array.from({ length: 100 }, () => 50 + random.normal());
    const whole = sampleMoments(values);
    for (const cut of [1, 2, 37, 99]) {
      const merged = mergedMoments(
        sampleMoments(values.slice(0, cut)),
        sampleMoments(values.slice(cut)),
      );
      expect(merged.users).toBe(100);
      expect(merged.mean).toBeCloseTo(whole.mean, 12);
      expect(merged.variance).toBeCloseTo(whole.variance, 12);
    }
  });

  test('refuses no values and infinite ones', () => {
    expect(() => sampleMoments([])).toThrow('values: expected at least one value, found none');
    expect(() => sampleMoments([1, Infinity])).toThrow('values[1]');
  });
});

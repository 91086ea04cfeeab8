import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { alwaysValidLooks, meanComparison, sampleMoments } from '@q-anchor/metrics';

/** An experiment looked at after each 50 users an arm. */
const looksOf = (seed: number, effect: number) => {
  const random = createRandom(seed);
  const control: number[] = [];
  const treatment: number[] = [];
  return Array.from({ length: 40 }, () => {
    for (let user = 0; user < 50; user++) {
      control.push(random.normal());
      treatment.push(random.normal() + effect);
    }
    return meanComparison({
      control: sampleMoments(control),
      treatment: sampleMoments(treatment),
    });
  });
};

describe('alwaysValidLooks', () => {
  test('by hand: v = tau^2 = 1, difference 4', () => {
    const [look] = alwaysValidLooks({
      looks: [{ difference: 4, standardError: 1 }],
      effectScale: 1,
    });
    // L = sqrt(1/2) exp(16 / 4); the interval is 4 -+ sqrt(2 (log 2 - 2 log 0.05)).
    expect(look!.pValue).toBeCloseTo(Math.SQRT2 * Math.exp(-4), 14);
    const reach = Math.sqrt(2 * (Math.log(2) - 2 * Math.log(0.05)));
    expect(look!.interval[0]).toBeCloseTo(4 - reach, 13);
    expect(look!.interval[1]).toBeCloseTo(4 + reach, 13);
  });

  test('of 500 experiments without effect few are ever called, a plain test at each look calls many', () => {
    let called = 0;
    let plainlyCalled = 0;
    let missed = 0;
    for (let trial = 0; trial < 500; trial++) {
      const looks = looksOf(trial, 0);
      const valid = alwaysValidLooks({ looks, effectScale: 0.1 });
      if (valid.at(-1)!.pValue < 0.05) called++;
      if (looks.some(({ pValue }) => pValue < 0.05)) plainlyCalled++;
      const [low, high] = valid.at(-1)!.interval;
      if (low > 0 || high < 0) missed++;
    }
    expect(called / 500).toBeLessThan(0.05);
    expect(called).toBeGreaterThan(0);
    expect(missed).toBe(called); // the interval leaves 0 out just when p is below 1 - level
    expect(plainlyCalled / 500).toBeGreaterThan(0.2);
  });

  test('an effect is found, the sooner the larger it is', () => {
    const first = [0.15, 0.3, 0.6].map((effect) => {
      let sum = 0;
      for (let trial = 0; trial < 30; trial++) {
        const found = alwaysValidLooks({
          looks: looksOf(trial, effect),
          effectScale: 0.2,
        }).findIndex(({ pValue }) => pValue < 0.05);
        sum += found === -1 ? 40 : found;
      }
      return sum / 30;
    });
    expect(first[0]).toBeLessThan(35);
    expect(first[1]).toBeLessThan(first[0]!);
    expect(first[2]).toBeLessThan(first[1]!);
  });

  test('p never rises, intervals never widen, later looks do not change earlier ones', () => {
    const looks = looksOf(7, 0.1);
    const all = alwaysValidLooks({ looks, effectScale: 0.1 });
    for (const [i, { pValue, interval }] of all.entries()) {
      const before = all[i - 1] ?? { pValue: 1, interval: [-Infinity, Infinity] as const };
      expect(pValue).toBeLessThanOrEqual(before.pValue);
      expect(interval[0]).toBeGreaterThanOrEqual(before.interval[0]);
      expect(interval[1]).toBeLessThanOrEqual(before.interval[1]);
    }
    expect(alwaysValidLooks({ looks: looks.slice(0, 9), effectScale: 0.1 })).toEqual(
      all.slice(0, 9),
    );
  });

  test.each([
    [{ effectScale: 0 }, 'effectScale: expected a positive number, found 0'],
    [{ looks: [{ difference: 1, standardError: 0 }] }, 'looks[0].standardError'],
    [{ looks: [{ difference: Number.NaN, standardError: 1 }] }, 'looks[0].difference'],
    [{ level: 1 }, 'level'],
  ])('%o is refused', (change, message) => {
    const measure = () => alwaysValidLooks({ looks: [], effectScale: 1, ...change });
    expect(measure).toThrow(message);
    expect(measure).toThrow(InputError);
  });
});

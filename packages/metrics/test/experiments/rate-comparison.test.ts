import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { rateComparison } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';
import { near, shareHeld } from '../support/intervals.js';

type Pair = readonly [number, number];

const golden = readGolden('experiments') as {
  readonly rates: ReadonlyArray<{
    readonly control: Pair;
    readonly treatment: Pair;
    readonly difference_interval: Pair;
    readonly z: number;
    readonly p: number;
    readonly ratio_interval: Pair | null;
  }>;
};

describe('rateComparison', () => {
  test.each(golden.rates)('statsmodels agrees on $control and $treatment', (c) => {
    const comparison = rateComparison({
      control: { positives: c.control[0], users: c.control[1] },
      treatment: { positives: c.treatment[0], users: c.treatment[1] },
    });
    expect(comparison.differenceInterval).toEqual(near(c.difference_interval));
    expect(comparison.z).toBeCloseTo(c.z, 11);
    expect(comparison.pValue).toBeCloseTo(c.p, 12);
    const ratio = c.ratio_interval;
    expect(comparison.liftInterval).toEqual(
      ratio ? near([ratio[0] - 1, ratio[1] - 1]) : [-1, Infinity],
    );
  });

  test('turning the arms turns the difference and inverts the lift', () => {
    const control = { users: 400, positives: 31 };
    const treatment = { users: 380, positives: 52 };
    const one = rateComparison({ control, treatment });
    const other = rateComparison({ control: treatment, treatment: control });
    expect(other.difference).toBeCloseTo(-one.difference, 15);
    const [low, high] = one.differenceInterval;
    expect(other.differenceInterval).toEqual(near([-high, -low]));
    expect(1 + other.lift).toBeCloseTo(1 / (1 + one.lift), 12);
    expect(1 + other.liftInterval[0]).toBeCloseTo(1 / (1 + one.liftInterval[1]), 12);
    expect(other.pValue).toBeCloseTo(one.pValue, 14);
  });

  test('at the ends: nobody and everybody', () => {
    const none = { users: 20, positives: 0 };
    const all = { users: 20, positives: 20 };
    expect(rateComparison({ control: none, treatment: none })).toMatchObject({
      difference: 0,
      lift: Number.NaN,
      z: 0,
      pValue: 1,
    });
    expect(rateComparison({ control: all, treatment: all }).liftInterval).toEqual([0, 0]);
    expect(rateComparison({ control: none, treatment: all })).toMatchObject({
      difference: 1,
      lift: Infinity,
    });
  });

  test('intervals hold the truth about as often as they say', () => {
    const random = createRandom(1);
    const arm = (users: number, rate: number) => ({
      users,
      positives: Array.from({ length: users }, () => Number(random.uniform() < rate)).reduce(
        (a, b) => a + b,
      ),
    });
    const drawn = Array.from({ length: 600 }, () =>
      rateComparison({ control: arm(150, 0.1), treatment: arm(200, 0.15) }),
    );
    const trials = drawn.length;
    for (const held of [
      shareHeld(0.05, { trials, interval: (trial) => drawn[trial]!.differenceInterval }),
      shareHeld(0.5, { trials, interval: (trial) => drawn[trial]!.liftInterval }),
    ]) {
      expect(held).toBeGreaterThan(0.925);
      expect(held).toBeLessThan(0.98);
    }
  });

  test.each([
    [{ control: { users: 0, positives: 0 } }, 'control: expected at least 1 user'],
    [{ treatment: { users: 5, positives: 6 } }, 'treatment: expected at least 1 user'],
    [{ treatment: { users: 5, positives: 1.5 } }, 'found 5 users and 1.5 positives'],
    [{ level: 1.2 }, 'level'],
  ])('%o is refused', (change, message) => {
    const arm = { users: 10, positives: 3 };
    const compare = () => rateComparison({ control: arm, treatment: arm, ...change });
    expect(compare).toThrow(message);
    expect(compare).toThrow(InputError);
  });
});

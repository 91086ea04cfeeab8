import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { meanComparison, sampleMoments } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';
import { near, shareHeld } from '../support/intervals.js';

const golden = readGolden('experiments') as {
  readonly means: ReadonlyArray<{
    readonly control: readonly number[];
    readonly treatment: readonly number[];
    readonly df: number;
    readonly t: number;
    readonly p: number;
    readonly interval: readonly [number, number];
  }>;
};

describe('meanComparison', () => {
  test.each(golden.means)('scipy agrees, $df degrees', (c) => {
    const comparison = meanComparison({
      control: sampleMoments(c.control),
      treatment: sampleMoments(c.treatment),
    });
    expect(comparison.degrees).toBeCloseTo(c.df, 9);
    expect(comparison.t).toBeCloseTo(c.t, 11);
    expect(comparison.pValue).toBeCloseTo(c.p, 12);
    expect(comparison.differenceInterval).toEqual(near(c.interval));
  });

  test("the ends of the lift's interval are where T - (1 + r) C is just significant", () => {
    const control = { users: 50, mean: 4, variance: 9 };
    const treatment = { users: 60, mean: 5, variance: 12 };
    const { lift, liftInterval, differenceInterval, standardError, difference } = meanComparison({
      control,
      treatment,
    });
    expect(lift).toBe(0.25);
    const quantile = (differenceInterval[1] - difference) / standardError;
    for (const end of liftInterval) {
      const gap = treatment.mean - (1 + end) * control.mean;
      const error = Math.sqrt(12 / 60 + ((1 + end) ** 2 * 9) / 50);
      expect(Math.abs(gap) / error).toBeCloseTo(quantile, 10);
    }
  });

  test('the lift of a control that may be 0 has no bounds', () => {
    const { liftInterval } = meanComparison({
      control: { users: 10, mean: 0.1, variance: 4 },
      treatment: { users: 10, mean: 2, variance: 4 },
    });
    expect(liftInterval).toEqual([-Infinity, Infinity]);
  });

  test('intervals hold the truth about as often as they say', () => {
    const random = createRandom(2);
    const arm = (users: number, mean: number, deviation: number) =>
      sampleMoments(Array.from({ length: users }, () => mean + deviation * random.normal()));
    const drawn = Array.from({ length: 1000 }, () =>
      meanComparison({ control: arm(12, 2, 1), treatment: arm(25, 3, 2) }),
    );
    const trials = drawn.length;
    for (const held of [
      shareHeld(1, { trials, interval: (trial) => drawn[trial]!.differenceInterval }),
      shareHeld(0.5, { trials, interval: (trial) => drawn[trial]!.liftInterval }),
    ]) {
      expect(held).toBeGreaterThan(0.93);
      expect(held).toBeLessThan(0.97);
    }
  });

  test.each([
    [{ control: { users: 1, mean: 1, variance: 0 } }, 'control: expected at least 2 users'],
    [{ treatment: { users: 5, mean: Number.NaN, variance: 1 } }, 'mean NaN'],
    [{ treatment: { users: 5, mean: 1, variance: -1 } }, 'variance -1'],
    [
      {
        control: { users: 5, mean: 1, variance: 0 },
        treatment: { users: 5, mean: 2, variance: 0 },
      },
      'some variance in either arm',
    ],
    [{ level: 0 }, 'level'],
  ])('%o is refused', (change, message) => {
    const arm = { users: 10, mean: 1, variance: 2 };
    const compare = () => meanComparison({ control: arm, treatment: arm, ...change });
    expect(compare).toThrow(message);
    expect(compare).toThrow(InputError);
  });
});

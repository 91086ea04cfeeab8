import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  cupedComparison,
  meanComparison,
  mergedMoments,
  rateComparison,
  sampleMoments,
  type Interval,
} from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';

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
  readonly means: ReadonlyArray<{
    readonly control: readonly number[];
    readonly treatment: readonly number[];
    readonly df: number;
    readonly t: number;
    readonly p: number;
    readonly interval: Pair;
  }>;
  readonly cuped: {
    readonly control: readonly number[];
    readonly treatment: readonly number[];
    readonly control_before: readonly number[];
    readonly treatment_before: readonly number[];
    readonly theta: number;
    readonly difference: number;
    readonly interval: Pair;
    readonly p: number;
  };
};

const near = ([low, high]: Pair | Interval, digits = 11): unknown => [
  expect.closeTo(low, digits),
  expect.closeTo(high, digits),
];

const holds = ([low, high]: Interval, truth: number): boolean => low <= truth && truth <= high;

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
    let differences = 0;
    let lifts = 0;
    for (let trial = 0; trial < 600; trial++) {
      const comparison = rateComparison({ control: arm(150, 0.1), treatment: arm(200, 0.15) });
      if (holds(comparison.differenceInterval, 0.05)) differences++;
      if (holds(comparison.liftInterval, 0.5)) lifts++;
    }
    for (const held of [differences, lifts]) {
      expect(held / 600).toBeGreaterThan(0.925);
      expect(held / 600).toBeLessThan(0.98);
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
    let differences = 0;
    let lifts = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const comparison = meanComparison({ control: arm(12, 2, 1), treatment: arm(25, 3, 2) });
      if (holds(comparison.differenceInterval, 1)) differences++;
      if (holds(comparison.liftInterval, 0.5)) lifts++;
    }
    for (const held of [differences, lifts]) {
      expect(held / 1000).toBeGreaterThan(0.93);
      expect(held / 1000).toBeLessThan(0.97);
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

describe('cupedComparison', () => {
  test('numpy and scipy agree', () => {
    const { cuped: c } = golden;
    const { adjusted, theta } = cupedComparison({
      control: { values: c.control, before: c.control_before },
      treatment: { values: c.treatment, before: c.treatment_before },
    });
    expect(theta).toBeCloseTo(c.theta, 12);
    expect(adjusted.difference).toBeCloseTo(c.difference, 12);
    expect(adjusted.differenceInterval).toEqual(near(c.interval));
    expect(adjusted.pValue).toBeCloseTo(c.p, 12);
  });

  /** Outcomes of which a share `rho^2` of the variance was there before; the effect is 0.2. */
  const draw = (seed: number, rho: number) => {
    const random = createRandom(seed);
    const arm = (users: number, mean: number) => {
      const before = Array.from({ length: users }, () => 10 + random.normal());
      const rest = Math.sqrt(1 - rho * rho);
      return { before, values: before.map((x) => mean + rho * (x - 10) + rest * random.normal()) };
    };
    return { control: arm(400, 5), treatment: arm(500, 5.2) };
  };

  test('takes away the squared correlation of the variance, without a bias', () => {
    const { varianceReduction, theta } = cupedComparison(draw(1, 0.8));
    expect(varianceReduction).toBeCloseTo(0.64, 1);
    expect(theta).toBeCloseTo(0.8, 1);
    let held = 0;
    let sum = 0;
    for (let trial = 0; trial < 200; trial++) {
      const { adjusted } = cupedComparison(draw(100 + trial, 0.8));
      sum += adjusted.difference;
      if (holds(adjusted.differenceInterval, 0.2)) held++;
    }
    expect(sum / 200).toBeCloseTo(0.2, 1.7);
    expect(held / 200).toBeGreaterThan(0.9);
  });

  test('a constant from before changes nothing, its unit does not matter', () => {
    const { control, treatment } = draw(2, 0.5);
    const flat = cupedComparison({
      control: { ...control, before: control.before.map(() => 3) },
      treatment: { ...treatment, before: treatment.before.map(() => 3) },
    });
    expect(flat.theta).toBe(0);
    expect(flat.varianceReduction).toBe(0);
    expect(flat.adjusted).toEqual(flat.unadjusted);
    const scaled = (arm: typeof control) => ({ ...arm, before: arm.before.map((x) => 7 - 3 * x) });
    const moved = cupedComparison({ control: scaled(control), treatment: scaled(treatment) });
    expect(moved.adjusted.difference).toBeCloseTo(
      cupedComparison({ control, treatment }).adjusted.difference,
      12,
    );
  });

  test('refuses arms that do not fit', () => {
    const { control, treatment } = draw(3, 0.5);
    expect(() => cupedComparison({ control: { ...control, before: [1] }, treatment })).toThrow(
      'control.before: expected one number per label',
    );
    expect(() => cupedComparison({ control, treatment: { values: [1], before: [1] } })).toThrow(
      'treatment.values: expected at least 2 users, found 1',
    );
  });
});

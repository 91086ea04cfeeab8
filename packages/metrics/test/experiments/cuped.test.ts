import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { cupedComparison } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';
import { near, shareHeld } from '../support/intervals.js';

const golden = readGolden('experiments') as {
  readonly cuped: {
    readonly control: readonly number[];
    readonly treatment: readonly number[];
    readonly control_before: readonly number[];
    readonly treatment_before: readonly number[];
    readonly theta: number;
    readonly difference: number;
    readonly interval: readonly [number, number];
    readonly p: number;
  };
};

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
    let sum = 0;
    const held = shareHeld(0.2, {
      trials: 200,
      interval(trial) {
        const { adjusted } = cupedComparison(draw(100 + trial, 0.8));
        sum += adjusted.difference;
        return adjusted.differenceInterval;
      },
    });
    expect(sum / 200).toBeCloseTo(0.2, 1.7);
    expect(held).toBeGreaterThan(0.9);
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
      'control.before: expected one number per user',
    );
    expect(() => cupedComparison({ control, treatment: { values: [1], before: [1] } })).toThrow(
      'treatment.values: expected at least 2 users, found 1',
    );
  });
});

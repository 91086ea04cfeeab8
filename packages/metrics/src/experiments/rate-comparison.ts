import { InputError } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { normalQuantile, normalTwoSided } from '../distributions/standard-normal.js';
import { wilsonInterval } from '../distributions/wilson-interval.js';
import { requireShare } from '../input/require-number.js';

/** One arm of an experiment whose outcome is yes or no. */
export interface ArmCounts {
  /** Users in the arm. */
  readonly users: number;
  /** Users of them for whom it happened. */
  readonly positives: number;
}

/** Two arms of an experiment by their counts. */
export interface RateComparisonOptions {
  /** The arm that nothing was changed for. */
  readonly control: ArmCounts;
  /** The arm with the change. */
  readonly treatment: ArmCounts;
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number;
}

/** Difference of two rates, absolute and relative. */
export interface RateComparison {
  /** `treatment - control`, as shares: 0.01 is one percentage point. */
  readonly difference: number;
  /** Newcombe's interval of the difference. */
  readonly differenceInterval: Interval;
  /** `treatment / control - 1`; `Infinity` where only control's rate is 0, `NaN` where both are. */
  readonly lift: number;
  /** Interval of the lift by the logarithm of the ratio; from -1 to `Infinity` where a rate is 0. */
  readonly liftInterval: Interval;
  /** The z score of equal rates; 0 where both are 0 or both are 1. */
  readonly z: number;
  /** Two-sided p value of equal rates. */
  readonly pValue: number;
}

/**
 * Difference and relative lift of two rates with intervals.
 *
 * Difference: Newcombe's hybrid of two Wilson intervals (1998, method 10),
 * `d - sqrt((T - l_T)^2 + (u_C - C)^2)` below and `d + sqrt((u_T - T)^2 + (C - l_C)^2)` above, which stays
 * right for rare outcomes. Lift: `exp(log(T / C) -+ z sqrt((1 - T) / x_T + (1 - C) / x_C)) - 1` (Katz et
 * al. 1978), `x` the positives. Test: `z = (T - C) / sqrt(p (1 - p) (1/n_T + 1/n_C))` with the pooled rate
 * `p`. The three are approximations of their own: at the brink of significance they may disagree.
 *
 * @throws {@link InputError} for an empty arm, counts that are not whole, more positives than users, or a
 * level outside (0, 1)
 * @example
 * ```ts
 * const { lift, liftInterval, pValue } = rateComparison({
 *   control: { users: 10_000, positives: 310 },
 *   treatment: { users: 10_050, positives: 366 },
 * });
 * ```
 */
export function rateComparison(options: RateComparisonOptions): RateComparison {
  const { control, treatment, level = 0.95 } = options;
  requireShare('level', level);
  requireCounts('control', control);
  requireCounts('treatment', treatment);
  const c = control.positives / control.users;
  const t = treatment.positives / treatment.users;
  const difference = t - c;
  const [lowC, highC] = wilsonInterval(control.positives, { users: control.users, level });
  const [lowT, highT] = wilsonInterval(treatment.positives, { users: treatment.users, level });
  const pooled = (control.positives + treatment.positives) / (control.users + treatment.users);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / control.users + 1 / treatment.users));
  const z = difference === 0 ? 0 : difference / error;
  return {
    difference,
    differenceInterval: [
      difference - Math.hypot(t - lowT, highC - c),
      difference + Math.hypot(highT - t, c - lowC),
    ],
    lift: t / c - 1,
    liftInterval: liftInterval({ control, treatment, level }),
    z,
    pValue: normalTwoSided(z),
  };
}

function liftInterval(options: Required<RateComparisonOptions>): Interval {
  const { control, treatment, level } = options;
  if (control.positives === 0 || treatment.positives === 0) return [-1, Infinity];
  const log = Math.log(treatment.positives / treatment.users / (control.positives / control.users));
  const reach =
    normalQuantile((1 + level) / 2) *
    Math.sqrt(
      1 / treatment.positives - 1 / treatment.users + 1 / control.positives - 1 / control.users,
    );
  return [Math.expm1(log - reach), Math.expm1(log + reach)];
}

function requireCounts(where: string, { users, positives }: ArmCounts): void {
  if (
    Number.isSafeInteger(users) &&
    users >= 1 &&
    Number.isSafeInteger(positives) &&
    positives >= 0 &&
    positives <= users
  ) {
    return;
  }
  throw new InputError({
    where,
    expected: 'at least 1 user and from 0 to as many positives, whole numbers',
    found: `${users} users and ${positives} positives`,
  });
}

import { InputError } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { studentQuantile, studentTwoSided } from '../distributions/student-t.js';
import { requireShare } from '../input/require-number.js';
import type { SampleMoments } from './sample-moments.js';

/** Two arms of an experiment by their moments. */
export interface MeanComparisonOptions {
  /** The arm that nothing was changed for, see {@link sampleMoments}. */
  readonly control: SampleMoments;
  /** The arm with the change. */
  readonly treatment: SampleMoments;
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number;
}

/** Difference of two means, absolute and relative. */
export interface MeanComparison {
  /** `treatment - control`. */
  readonly difference: number;
  /** Its standard error. */
  readonly standardError: number;
  /** Welch's interval of the difference. */
  readonly differenceInterval: Interval;
  /** `treatment / control - 1`. */
  readonly lift: number;
  /** Fieller's interval of the lift; unbounded where the control's mean may be 0. */
  readonly liftInterval: Interval;
  /** Welch's t. */
  readonly t: number;
  /** Welch's degrees of freedom. */
  readonly degrees: number;
  /** Two-sided p value of equal means. */
  readonly pValue: number;
}

/**
 * Difference and relative lift of two means with intervals: Welch's test, unequal variances allowed.
 *
 * `t = (T - C) / sqrt(s_T^2 / n_T + s_C^2 / n_C)` with Satterthwaite's degrees of freedom (Welch 1947). The
 * lift's interval holds every `r` for which `T - (1 + r) C` is not significantly off 0 (Fieller 1954), with
 * the same degrees of freedom; it is right also where the control's mean is noisy, and then lopsided.
 *
 * @throws {@link InputError} for an arm of fewer than 2 users, no variance in either, or a level outside (0, 1)
 * @example
 * ```ts
 * meanComparison({ control: sampleMoments(before), treatment: sampleMoments(after) }).differenceInterval;
 * ```
 */
export function meanComparison(options: MeanComparisonOptions): MeanComparison {
  const { control, treatment, level = 0.95 } = options;
  requireShare('level', level);
  const c = squaredError('control', control);
  const t = squaredError('treatment', treatment);
  if (c + t === 0) {
    throw new InputError({
      where: 'control and treatment',
      expected: 'some variance in either arm',
      found: 'none: all values of an arm are equal',
    });
  }
  const difference = treatment.mean - control.mean;
  const standardError = Math.sqrt(c + t);
  const degrees = (c + t) ** 2 / (c ** 2 / (control.users - 1) + t ** 2 / (treatment.users - 1));
  const quantile = studentQuantile(level, degrees);
  const statistic = difference / standardError;
  return {
    difference,
    standardError,
    differenceInterval: [
      difference - quantile * standardError,
      difference + quantile * standardError,
    ],
    lift: difference / control.mean,
    liftInterval: fiellerInterval({
      control: control.mean,
      treatment: treatment.mean,
      c,
      t,
      quantile,
    }),
    t: statistic,
    degrees,
    pValue: studentTwoSided(statistic, degrees),
  };
}

/** The variance of an arm's mean. */
function squaredError(where: string, { users, mean, variance }: SampleMoments): number {
  if (Number.isSafeInteger(users) && users >= 2 && Number.isFinite(mean) && variance >= 0) {
    return variance / users;
  }
  throw new InputError({
    where,
    expected: 'at least 2 users, a finite mean and a variance of 0 or more',
    found: `${users} users, mean ${mean}, variance ${variance}`,
  });
}

/** Roots of `(T - q C)^2 = quantile^2 (t + q^2 c)` in `q`, less 1. */
function fiellerInterval(ratio: {
  readonly control: number;
  readonly treatment: number;
  readonly c: number;
  readonly t: number;
  readonly quantile: number;
}): Interval {
  const { control, treatment, c, t, quantile } = ratio;
  const squared = quantile * quantile;
  const leading = control * control - squared * c;
  if (leading <= 0) return [-Infinity, Infinity];
  const middle = (control * treatment) / leading;
  const reach = Math.sqrt(
    Math.max(0, middle * middle - (treatment * treatment - squared * t) / leading),
  );
  return [middle - reach - 1, middle + reach - 1];
}

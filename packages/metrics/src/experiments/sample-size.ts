import { InputError } from '@q-anchor/core';

import { normalQuantile } from '../distributions/standard-normal.js';
import { requirePositive, requireShare } from '../input/require-number.js';

/** How sure a planned experiment shall be. */
export interface PowerOptions {
  /** Confidence of the two-sided test, 1 less the share of false alarms. Default 0.95. */
  readonly level?: number;
  /** Chance to find a true effect of the planned size. Default 0.8. */
  readonly power?: number;
  /** Users in treatment for each in control. Default 1. */
  readonly ratio?: number;
}

/** Users an experiment needs. */
export interface SampleSize {
  /** Users in control. */
  readonly control: number;
  /** Users in treatment. */
  readonly treatment: number;
}

/**
 * Users needed to find a difference of two means.
 *
 * `n = (z_level + z_power)^2 sigma^2 (1 + 1/r) / d^2` in control and `r n` in treatment, rounded up; `z_level`
 * the two-sided normal quantile. With a covariate of correlation `rho` ({@link cupedComparison}) take
 * `sigma sqrt(1 - rho^2)`.
 *
 * @throws {@link InputError} for numbers that are not positive, or a level or power outside (0, 1)
 * @example
 * ```ts
 * meanSampleSize({ difference: 0.2, standardDeviation: 1 }); // { control: 393, treatment: 393 }
 * ```
 */
export function meanSampleSize(
  options: PowerOptions & {
    /** The difference to find, either way. */
    readonly difference: number;
    /** Standard deviation of one user's value. */
    readonly standardDeviation: number;
  },
): SampleSize {
  const { difference, standardDeviation } = options;
  requirePositive('difference', difference);
  requirePositive('standardDeviation', standardDeviation);
  const { forLevel, forPower, ratio } = powerQuantiles(options);
  const reach = (forLevel + forPower) * (standardDeviation / difference);
  return armsOf(reach * reach * (1 + 1 / ratio), ratio);
}

/**
 * Users needed to find a difference of two rates.
 *
 * `n = (z_level sqrt((1 + 1/r) q (1 - q)) + z_power sqrt(c (1 - c) + t (1 - t) / r))^2 / (t - c)^2`, `c` and `t`
 * the rates of control and treatment, `q = (c + r t) / (1 + r)` (Fleiss, Levin and Paik 2003, section 4.2,
 * without correction for continuity), for the pooled z test of {@link rateComparison}.
 *
 * @throws {@link InputError} for rates outside (0, 1), no difference, or as {@link meanSampleSize}
 * @example
 * ```ts
 * rateSampleSize({ controlRate: 0.1, treatmentRate: 0.11 }); // { control: 14_751, treatment: 14_751 }
 * ```
 */
export function rateSampleSize(
  options: PowerOptions & {
    /** The rate without the change. */
    readonly controlRate: number;
    /** The rate that shall be told from it. */
    readonly treatmentRate: number;
  },
): SampleSize {
  const { controlRate: c, treatmentRate: t } = options;
  requireShare('controlRate', c);
  requireShare('treatmentRate', t);
  if (c === t) {
    throw new InputError({
      where: 'treatmentRate',
      expected: `another rate than control's`,
      found: `${t}`,
    });
  }
  const { forLevel, forPower, ratio } = powerQuantiles(options);
  const pooled = (c + ratio * t) / (1 + ratio);
  const alike = Math.sqrt((1 + 1 / ratio) * pooled * (1 - pooled));
  const apart = Math.sqrt(c * (1 - c) + (t * (1 - t)) / ratio);
  return armsOf(((forLevel * alike + forPower * apart) / (t - c)) ** 2, ratio);
}

function powerQuantiles({ level = 0.95, power = 0.8, ratio = 1 }: PowerOptions): {
  readonly forLevel: number;
  readonly forPower: number;
  readonly ratio: number;
} {
  requireShare('level', level);
  requireShare('power', power);
  requirePositive('ratio', ratio);
  return { forLevel: normalQuantile((1 + level) / 2), forPower: normalQuantile(power), ratio };
}

function armsOf(control: number, ratio: number): SampleSize {
  return {
    control: Math.max(2, Math.ceil(control)),
    treatment: Math.max(2, Math.ceil(control * ratio)),
  };
}

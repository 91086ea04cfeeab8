import { InputError } from '@q-anchor/core';

import { requireFiniteScores } from '../input/scored-labels.js';
import { meanComparison, type MeanComparison } from './mean-comparison.js';
import { sampleMoments } from './sample-moments.js';

/** The users of one arm, each with a value known before the experiment. */
export interface CovariateArm {
  /** The outcome of each user. */
  readonly values: ArrayLike<number>;
  /** The same users before the experiment: the outcome then, or a score of a model. */
  readonly before: ArrayLike<number>;
}

/** Two arms with values from before the experiment. */
export interface CupedOptions {
  /** The arm that nothing was changed for. */
  readonly control: CovariateArm;
  /** The arm with the change. */
  readonly treatment: CovariateArm;
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number;
}

/** A comparison of means with less noise. */
export interface CupedComparison {
  /** The comparison of the adjusted outcomes. */
  readonly adjusted: MeanComparison;
  /** The comparison of the outcomes as they are. */
  readonly unadjusted: MeanComparison;
  /** The coefficient of the value from before. */
  readonly theta: number;
  /** Share of the difference's variance that the adjustment took away; at most the squared correlation. */
  readonly varianceReduction: number;
}

/**
 * CUPED: a comparison of means freed of the noise that was there before the experiment.
 *
 * `y' = y - theta (x - mean x)`, `theta = Cov(y, x) / Var(x)` over both arms, then Welch's test on `y'`
 * (Deng, Xu, Kohavi and Walker 2013). The mean of `x` is that of both arms, so that means and lift keep
 * their size. The expected difference is the same for any `x` that the experiment cannot have touched;
 * a value measured during it would take part of the effect away. A constant `x` changes nothing.
 *
 * @throws {@link InputError} as {@link meanComparison}, and where values and values before differ in number
 * or are not finite
 * @example
 * ```ts
 * const { adjusted, varianceReduction } = cupedComparison({
 *   control: { values: spent, before: spentBefore },
 *   treatment: { values: otherSpent, before: otherSpentBefore },
 * });
 * ```
 */
export function cupedComparison({
  control,
  treatment,
  level = 0.95,
}: CupedOptions): CupedComparison {
  for (const [where, arm] of Object.entries({ control, treatment })) {
    requireFiniteScores(arm.values, { where: `${where}.values`, users: arm.values.length });
    requireFiniteScores(arm.before, { where: `${where}.before`, users: arm.values.length });
    if (arm.values.length < 2) {
      throw new InputError({
        where: `${where}.values`,
        expected: 'at least 2 users',
        found: `${arm.values.length}`,
      });
    }
  }
  const values = [...Array.from(control.values), ...Array.from(treatment.values)];
  const before = [...Array.from(control.before), ...Array.from(treatment.before)];
  const x = sampleMoments(before);
  const y = sampleMoments(values);
  let covariance = 0;
  for (const [i, value] of values.entries()) covariance += (value - y.mean) * (before[i]! - x.mean);
  const theta = x.variance === 0 ? 0 : covariance / (values.length - 1) / x.variance;
  const adjust = (arm: CovariateArm): number[] =>
    Array.from(arm.values, (value, i) => value - theta * (arm.before[i]! - x.mean));
  const adjusted = meanComparison({
    control: sampleMoments(adjust(control)),
    treatment: sampleMoments(adjust(treatment)),
    level,
  });
  const unadjusted = meanComparison({
    control: sampleMoments(control.values),
    treatment: sampleMoments(treatment.values),
    level,
  });
  return {
    adjusted,
    unadjusted,
    theta,
    varianceReduction: 1 - (adjusted.standardError / unadjusted.standardError) ** 2,
  };
}

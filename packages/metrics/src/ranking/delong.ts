import { InputError } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { normalQuantile } from '../distributions/standard-normal.js';
import { requireShare } from '../input/require-number.js';
import type { ScoredLabels } from '../input/scored-labels.js';
import { placementsOf, type Placements } from './placements.js';

/** Scores and labels, and how sure the interval shall be. */
export interface DelongOptions extends ScoredLabels {
  /** Confidence of the interval. Default 0.95. */
  readonly level?: number;
}

/** An AUC and how sure it is. */
export interface DelongAuc {
  /** Area under the ROC curve. */
  readonly auc: number;
  /** Its standard error; 0 where the classes do not overlap. */
  readonly standardError: number;
  /** `auc -+ z standardError`, cut to `[0, 1]`. */
  readonly interval: Interval;
}

/**
 * AUC with DeLong's interval: no resampling, no seed, `O(users log users)`.
 *
 * `Var(AUC) = S10 / P + S01 / N`, over `P` positives and `N` negatives; `S10` and `S01` are the sample
 * variances (by `P - 1`, `N - 1`) of the placements, the share of the other class that a user is on the right
 * side of (DeLong, DeLong and Clarke-Pearson 1988; by ranks as Sun and Xu 2014). A normal approximation:
 * with a handful of positives or an AUC next to 1 it is too narrow, see {@link bootstrapIntervals}.
 *
 * @throws {@link InputError} as {@link rocAuc}, for fewer than 2 users of a class or a level outside (0, 1)
 * @example
 * ```ts
 * const { auc, interval } = delongAuc({ labels, scores }); // 0.74, [0.72, 0.76]
 * ```
 */
export function delongAuc({ level = 0.95, ...input }: DelongOptions): DelongAuc {
  requireShare('level', level);
  const placements = placementsOf(input);
  const auc = meanOf(placements.ofPositives);
  const standardError = Math.sqrt(delongCovariance(placements, placements));
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return {
    auc,
    standardError,
    interval: [Math.max(0, auc - reach), Math.min(1, auc + reach)],
  };
}

/** Covariance of the AUCs of two scores of the same users, from their placements. */
export function delongCovariance(a: Placements, b: Placements): number {
  const fewer = Math.min(a.ofPositives.length, a.ofNegatives.length);
  if (fewer < 2) {
    throw new InputError({
      where: 'labels',
      expected: 'at least 2 users of each class',
      found: `${a.ofPositives.length} positives and ${a.ofNegatives.length} negatives`,
      fix: 'A variance needs two; take more users',
    });
  }
  return (
    covarianceOf(a.ofPositives, b.ofPositives) / a.ofPositives.length +
    covarianceOf(a.ofNegatives, b.ofNegatives) / a.ofNegatives.length
  );
}

/** The mean of some placements: the AUC. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function covarianceOf(a: Float64Array, b: Float64Array): number {
  const meanA = meanOf(a);
  const meanB = meanOf(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum / (a.length - 1);
}

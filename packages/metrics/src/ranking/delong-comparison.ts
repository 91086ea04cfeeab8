import type { Interval } from '../distributions/interval.js';
import { normalQuantile, normalTwoSided } from '../distributions/standard-normal.js';
import { requireShare } from '../input/require-number.js';
import { delongCovariance, meanOf, type DelongOptions } from './delong.js';
import { placementsOf } from './placements.js';

/** The scores of two models for the same users. */
export interface DelongComparisonOptions extends DelongOptions {
  /** The other model's score of each user, in the same order. */
  readonly otherScores: ArrayLike<number>;
}

/** How much better one model separates the same users than another. */
export interface DelongComparison {
  /** AUC of `scores`. */
  readonly auc: number;
  /** AUC of `otherScores`. */
  readonly otherAuc: number;
  /** `auc - otherAuc`. */
  readonly difference: number;
  /** Standard error of the difference, which the correlation makes small. */
  readonly standardError: number;
  /** Interval of the difference. */
  readonly interval: Interval;
  /** `difference / standardError`; 0 where both are 0. */
  readonly z: number;
  /** Two-sided p value of no difference; 1 where the models rank alike. */
  readonly pValue: number;
}

/**
 * Paired test of two AUCs on the same users.
 *
 * `z = (A - B) / sqrt(Var A + Var B - 2 Cov(A, B))`, variances and covariance of the placements as in
 * {@link delongAuc} (DeLong, DeLong and Clarke-Pearson 1988). Because the users are the same, a difference
 * far smaller than either interval can be certain. Not for models of which one was tuned on these labels.
 *
 * @throws {@link InputError} as {@link delongAuc}
 * @example
 * ```ts
 * const { difference, pValue } = delongComparison({ labels, scores: tuned, otherScores: base });
 * ```
 */
export function delongComparison(options: DelongComparisonOptions): DelongComparison {
  const { labels, scores, otherScores, level = 0.95 } = options;
  requireShare('level', level);
  const own = placementsOf({ labels, scores });
  const other = placementsOf({ labels, scores: otherScores });
  const auc = meanOf(own.ofPositives);
  const otherAuc = meanOf(other.ofPositives);
  const difference = auc - otherAuc;
  // The variance of the differences, not a difference of variances: nothing is lost where they are alike.
  const change = {
    ofPositives: own.ofPositives.map((value, i) => value - other.ofPositives[i]!),
    ofNegatives: own.ofNegatives.map((value, i) => value - other.ofNegatives[i]!),
  };
  const standardError = Math.sqrt(delongCovariance(change, change));
  const reach = normalQuantile((1 + level) / 2) * standardError;
  const z = difference === 0 ? 0 : difference / standardError;
  return {
    auc,
    otherAuc,
    difference,
    standardError,
    interval: [difference - reach, difference + reach],
    z,
    pValue: normalTwoSided(z),
  };
}

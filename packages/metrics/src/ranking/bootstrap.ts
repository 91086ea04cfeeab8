import { createRandom } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { requireInteger, requireShare } from '../input/require-number.js';
import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores, separationOf } from './ranking.js';

/** Scores and labels, and how to resample them. */
export interface BootstrapOptions extends ScoredLabels {
  /** Seed of the resampling, a non-negative integer. */
  readonly seed: number;
  /** How many resamples to draw. Default 500. */
  readonly resamples?: number;
  /** Share of the resamples that the interval holds. Default 0.95. */
  readonly level?: number;
}

/** Intervals of both measures of separation, from the same resamples. */
export interface BootstrapIntervals {
  /** Interval of the area under the ROC curve. */
  readonly auc: Interval;
  /** Interval of the Kolmogorov-Smirnov distance. */
  readonly ks: Interval;
}

/**
 * Percentile bootstrap intervals of AUC and KS (Efron and Tibshirani 1993, section 13.3).
 *
 * The resampling is stratified: as many positives and as many negatives as there are, each drawn with
 * replacement from its own class. Both measures compare the two classes' distributions and do not
 * depend on the base rate, and a rare class can't drop out of a resample. Users are sorted once; a resample
 * is a count per distinct score, so it costs `O(users)`.
 *
 * KS is a maximum, which resampling can only push up: on a small set or with a useless score its interval
 * lies high and may even lie above the estimate. Read it together with the AUC's.
 *
 * @returns ends by linear interpolation between order statistics; the same seed gives the same intervals
 * @throws {@link InputError} as {@link rocAuc}, and for fewer than 2 resamples or a level outside (0, 1)
 * @example
 * ```ts
 * bootstrapIntervals({ labels, scores, seed: 1 }); // { auc: [0.71, 0.74], ks: [0.32, 0.37] }
 * ```
 */
export function bootstrapIntervals(options: BootstrapOptions): BootstrapIntervals {
  const { seed, resamples = 500, level = 0.95 } = options;
  requireInteger('resamples', resamples, { least: 2 });
  requireShare('level', level);
  const random = createRandom(seed);
  const { positivesAt, negativesAt, positives, negatives } = rankScores(options);
  const groupOfPositive = groupPerUser(positivesAt, positives);
  const groupOfNegative = groupPerUser(negativesAt, negatives);
  const drawnPositives = new Float64Array(positivesAt.length);
  const drawnNegatives = new Float64Array(positivesAt.length);
  const drawInto = (counts: Float64Array, groupOfUser: Uint32Array): void => {
    counts.fill(0);
    for (let draw = 0; draw < groupOfUser.length; draw++) {
      const group = groupOfUser[random.integer(groupOfUser.length)]!;
      counts[group] = counts[group]! + 1;
    }
  };

  const aucs = new Float64Array(resamples);
  const distances = new Float64Array(resamples);
  const resampled = {
    positivesAt: drawnPositives,
    negativesAt: drawnNegatives,
    positives,
    negatives,
  };
  for (let b = 0; b < resamples; b++) {
    drawInto(drawnPositives, groupOfPositive);
    drawInto(drawnNegatives, groupOfNegative);
    const separation = separationOf(resampled);
    aucs[b] = separation.auc;
    distances[b] = separation.ks;
  }
  return { auc: middleShare(aucs, level), ks: middleShare(distances, level) };
}

/** The group of each user of one class, from the number of its users in each group. */
function groupPerUser(usersAt: Float64Array, users: number): Uint32Array {
  const groups = new Uint32Array(users);
  for (let g = 0, end = 0; g < usersAt.length; g++) {
    const start = end;
    end += usersAt[g]!;
    groups.fill(g, start, end);
  }
  return groups;
}

/** The ends between which the middle `level` of the values lies. */
function middleShare(values: Float64Array, level: number): Interval {
  const sorted = values.toSorted();
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below]!;
    return low + (position - below) * ((sorted[below + 1] ?? low) - low);
  };
  return [at((1 - level) / 2), at((1 + level) / 2)];
}

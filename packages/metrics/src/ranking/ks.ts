import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores, separationOf } from './ranking.js';

/**
 * Kolmogorov-Smirnov distance between the scores of positives and of negatives.
 *
 * `KS = max_t | TPR(t) - FPR(t) |`, over the distinct scores `t`: users with equal scores are on the
 * same side of every threshold. The paper's second measure, in `[0, 1]`.
 *
 * @throws {@link InputError} as {@link rocAuc}
 * @example
 * ```ts
 * ks({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }); // 0.5
 * ```
 */
export function ks(input: ScoredLabels): number {
  return separationOf(rankScores(input)).ks;
}

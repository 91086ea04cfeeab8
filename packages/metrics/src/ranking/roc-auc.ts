import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores, separationOf } from './ranking.js';

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half.
 *
 * `AUC = (1 / PN) sum_p sum_n [ 1(s_p > s_n) + 1/2 1(s_p = s_n) ]`, over `P` positives and `N`
 * negatives; the Mann-Whitney U statistic over `PN`, by midranks (Hanley and McNeil 1982).
 *
 * @throws {@link InputError} if labels are not 0 or 1, a class is missing, a score is not finite or
 * the lengths differ
 * @example
 * ```ts
 * rocAuc({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }); // 0.75
 * ```
 */
export function rocAuc(input: ScoredLabels): number {
  return separationOf(rankScores(input)).auc;
}

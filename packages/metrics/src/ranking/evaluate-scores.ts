import type { Interval } from '../distributions/interval.js';
import { bootstrapIntervals, type BootstrapOptions } from './bootstrap.js';
import { rankScores, separationOf } from './ranking.js';

/** How well scores separate the classes, and how sure that is. */
export interface ScoreEvaluation {
  /** Area under the ROC curve. */
  readonly auc: number;
  /** Kolmogorov-Smirnov distance. */
  readonly ks: number;
  /** Bootstrap interval of the AUC. */
  readonly aucInterval: Interval;
  /** Bootstrap interval of the KS. */
  readonly ksInterval: Interval;
  /** Users that were scored. */
  readonly users: number;
  /** Positives among them. */
  readonly positives: number;
}

/**
 * AUC and KS of scores with their stratified bootstrap intervals: one row of an evaluation table.
 *
 * @throws {@link InputError} as {@link bootstrapIntervals}
 * @example
 * ```ts
 * const { auc, aucInterval } = evaluateScores({ labels, scores, seed: 1 });
 * ```
 */
export function evaluateScores(options: BootstrapOptions): ScoreEvaluation {
  const ranking = rankScores(options);
  const { auc, ks } = separationOf(ranking);
  const intervals = bootstrapIntervals(options);
  return {
    auc,
    ks,
    aucInterval: intervals.auc,
    ksInterval: intervals.ks,
    users: ranking.positives + ranking.negatives,
    positives: ranking.positives,
  };
}

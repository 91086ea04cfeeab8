import { InputError } from '@q-anchor/core';

import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores } from './ranking.js';

/** What a decision about one user costs, in any unit; a benefit is a negative cost. */
export interface DecisionCosts {
  /** Acting on a negative. */
  readonly falsePositive: number;
  /** Missing a positive. */
  readonly falseNegative: number;
  /** Acting on a positive. Default 0. */
  readonly truePositive?: number;
  /** Leaving a negative alone. Default 0. */
  readonly trueNegative?: number;
}

/** The cheapest threshold and what it leads to. */
export interface ThresholdChoice {
  /** Act on users who score this or more; `Infinity` if acting on nobody is cheapest. */
  readonly threshold: number;
  /** Mean cost per user. */
  readonly meanCost: number;
  /** Positives acted on. */
  readonly truePositives: number;
  /** Negatives acted on. */
  readonly falsePositives: number;
  /** Positives missed. */
  readonly falseNegatives: number;
  /** Negatives left alone. */
  readonly trueNegatives: number;
}

/**
 * The threshold on the score with the lowest total cost on labelled users.
 *
 * Tries every distinct score and nobody; of equal costs the highest threshold wins. Choose on validation
 * users, never on the test. With calibrated probabilities and costs of mistakes only, the optimum is near
 * `falsePositive / (falsePositive + falseNegative)` (Elkan 2001).
 *
 * @throws {@link InputError} as {@link rocAuc}, and for a cost that is not finite
 * @example
 * ```ts
 * const { threshold } = thresholdByCost({ labels, scores, costs: { falsePositive: 1, falseNegative: 20 } });
 * ```
 */
export function thresholdByCost({
  costs,
  ...input
}: ScoredLabels & {
  /** What the four outcomes cost. */
  readonly costs: DecisionCosts;
}): ThresholdChoice {
  for (const [name, cost] of Object.entries(costs)) {
    if (!Number.isFinite(cost)) {
      throw new InputError({
        where: `costs.${name}`,
        expected: 'a finite number',
        found: String(cost),
      });
    }
  }
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = costs;
  const { thresholds, positivesAt, negativesAt, positives, negatives } = rankScores(input);
  const costAt = (tp: number, fp: number): number =>
    tp * truePositive +
    fp * falsePositive +
    (positives - tp) * falseNegative +
    (negatives - fp) * trueNegative;
  let best = { threshold: Infinity, cost: costAt(0, 0), tp: 0, fp: 0 };
  for (let g = 0, tp = 0, fp = 0; g < thresholds.length; g++) {
    tp += positivesAt[g]!;
    fp += negativesAt[g]!;
    const cost = costAt(tp, fp);
    if (cost < best.cost) best = { threshold: thresholds[g]!, cost, tp, fp };
  }
  return {
    threshold: best.threshold,
    meanCost: best.cost / (positives + negatives),
    truePositives: best.tp,
    falsePositives: best.fp,
    falseNegatives: positives - best.tp,
    trueNegatives: negatives - best.fp,
  };
}

import {
  thresholdByCost,
  topShare,
  type DecisionCosts,
  type ScoredLabels,
} from '@q-anchor/metrics';

import { calibratedProbabilities, type ScoreCalibration } from './score-calibration.js';

/** A score from which on a user is acted on, and what that meant for the validation users. */
export interface ScoreThreshold {
  /** Act on users who score this or more; null: on nobody. */
  readonly score: number | null;
  /** The calibrated probability there; null: on nobody. */
  readonly probability: number | null;
  /** Share of the users acted on; those who score exactly the threshold are among them. */
  readonly share: number;
  /** Share of the positives acted on. */
  readonly recall: number;
  /** Share of positives among those acted on; null if there are none. */
  readonly precision: number | null;
  /** What decisions were taken to cost, where that decided. */
  readonly costs?: DecisionCosts;
}

/** What thresholds to choose. */
export interface ThresholdOptions {
  /** What the four outcomes cost; gives the threshold `cost`. */
  readonly costs?: DecisionCosts;
  /** Shares of the users to act on; gives thresholds `top1`, `top5`, ... by per cent. Default 0.01, 0.05, 0.1. */
  readonly topShares?: readonly number[];
}

/**
 * Thresholds on scores, by what they were chosen for: `ks` where the shares of positives and of
 * negatives acted on are furthest apart (`max TPR - FPR`), `topQ` for the Q per cent of the users with
 * the highest scores, `cost` for the lowest cost, if costs are given.
 *
 * @param users - scores and labels of users that nothing was fitted on
 * @param options - the calibration, costs, shares
 * @throws {@link @q-anchor/core#InputError} if a class is missing, a cost is not finite or a share is
 * outside (0, 1]
 */
export function scoreThresholds(
  users: ScoredLabels,
  options: ThresholdOptions & { readonly calibration: ScoreCalibration },
): Readonly<Record<string, ScoreThreshold>> {
  const { costs, topShares = [0.01, 0.05, 0.1], calibration } = options;
  const positives = Array.from(users.labels).filter((label) => label === 1).length;
  const at = (threshold: number, extra: Pick<ScoreThreshold, 'costs'> = {}): ScoreThreshold => {
    let acted = 0;
    let found = 0;
    for (let user = 0; user < users.labels.length; user++) {
      if (users.scores[user]! < threshold) continue;
      acted++;
      found += users.labels[user]!;
    }
    const isNobody = acted === 0;
    return {
      score: isNobody ? null : threshold,
      probability: isNobody ? null : calibratedProbabilities([threshold], calibration)[0]!,
      share: acted / users.labels.length,
      recall: found / positives,
      precision: isNobody ? null : found / acted,
      ...extra,
    };
  };
  // With these costs a threshold costs P N (1 - (TPR - FPR)).
  const ksCosts = {
    falsePositive: positives,
    falseNegative: users.labels.length - positives,
  };
  const byCost = (of: DecisionCosts): number => thresholdByCost({ ...users, costs: of }).threshold;
  return {
    ks: at(byCost(ksCosts)),
    ...Object.fromEntries(
      topShares.map((share) => [
        `top${Number((100 * share).toPrecision(12))}`,
        at(topShare({ ...users, share }).threshold),
      ]),
    ),
    ...(costs && { cost: at(byCost(costs), { costs }) }),
  };
}

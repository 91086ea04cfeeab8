import {
  countBothClasses,
  requireFiniteScores,
  type ScoredLabels,
} from '../input/scored-labels.js';
import { ConvergenceError } from '../probe/convergence-error.js';
import type { LogisticObjective } from '../probe/logistic-objective.js';
import { minimiseByNewton } from '../probe/newton.js';
import { columnStandardization } from '../probe/standardization.js';
import { sigmoid } from './sigmoid.js';

/** A logistic map from scores to probabilities: `p = sigmoid(slope score + intercept)`. */
export interface PlattCalibration {
  /** By how much the log odds rise with the score; negative if the score speaks for the negatives. */
  readonly slope: number;
  /** Log odds at score 0. */
  readonly intercept: number;
}

/**
 * Platt's logistic calibration of scores.
 *
 * Minimises `-sum_i [ t_i log p_i + (1 - t_i) log(1 - p_i) ]`, `p = sigmoid(slope s + intercept)`, with the
 * targets `t = (P + 1) / (P + 2)` for the `P` positives and `1 / (N + 2)` for the `N` negatives, which keep
 * separable classes finite (Platt 1999), by Newton's method with backtracking (Lin, Lin and Weng 2007) on
 * standardised scores. Strictly rising if the slope is positive, so the AUC stays. Scikit-learn's sigmoid
 * calibration, whose `a` and `b` are `-slope` and `-intercept`. Fit it on users the model has not seen.
 *
 * @throws {@link InputError} as {@link rocAuc}
 * @throws {@link ConvergenceError} if Newton's method does not settle
 * @example
 * ```ts
 * const calibration = plattCalibration(validation);
 * const probabilities = plattProbabilities(calibration, scores);
 * ```
 */
export function plattCalibration({ labels, scores }: ScoredLabels): PlattCalibration {
  const { positives, negatives } = countBothClasses(labels);
  const users = labels.length;
  requireFiniteScores(scores, { where: 'scores', users });
  const { mean, scale } = columnStandardization({ features: scores, rows: users, columns: 1 });
  const standard = Float64Array.from(
    { length: users },
    (_, i) => (scores[i]! - mean[0]!) / scale[0]!,
  );
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const targets = Float64Array.from({ length: users }, (_, i) => (labels[i] === 1 ? high : low));
  const start = Float64Array.of(0, Math.log((positives + 1) / (negatives + 1)));
  const { point, settled, iterations } = minimiseByNewton(softTargetObjective(standard, targets), {
    start,
    maxIterations: 100,
  });
  if (!settled) {
    throw new ConvergenceError({
      where: 'plattCalibration',
      iterations,
      gradientNorm: point.gradientNorm,
      tolerance: 1e-9,
      fix: 'Look for scores far beyond the others',
    });
  }
  const slope = point.weights[0]! / scale[0]!;
  return { slope, intercept: point.weights[1]! - slope * mean[0]! };
}

/**
 * Probabilities of scores by Platt's map, `[users]`.
 *
 * @throws {@link InputError} if a score is not finite
 */
export function plattProbabilities(
  { slope, intercept }: PlattCalibration,
  scores: ArrayLike<number>,
): Float64Array {
  requireFiniteScores(scores, { where: 'scores', users: scores.length });
  return Float64Array.from({ length: scores.length }, (_, i) =>
    sigmoid(slope * scores[i]! + intercept),
  );
}

/** Mean cross entropy of `sigmoid(w_0 s + w_1)` with targets that are not just 0 and 1. */
function softTargetObjective(scores: Float64Array, targets: Float64Array): LogisticObjective {
  const users = scores.length;
  return {
    pointAt: (weights) => {
      const curvature = new Float64Array(users);
      const gradient = new Float64Array(2);
      let loss = 0;
      for (let i = 0; i < users; i++) {
        const margin = weights[0]! * scores[i]! + weights[1]!;
        const p = sigmoid(margin);
        loss +=
          Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, margin) - targets[i]! * margin;
        gradient[0] = gradient[0]! + ((p - targets[i]!) * scores[i]!) / users;
        gradient[1] = gradient[1]! + (p - targets[i]!) / users;
        curvature[i] = p * sigmoid(-margin);
      }
      const gradientNorm = Math.hypot(gradient[0]!, gradient[1]!);
      return { weights, value: loss / users, gradient, gradientNorm, curvature };
    },
    curvatureAt: ({ curvature }) => {
      const hessian = new Float64Array(4);
      for (let i = 0; i < users; i++) {
        const weighed = (curvature[i]! * scores[i]!) / users;
        hessian[0] = hessian[0]! + weighed * scores[i]!;
        hessian[2] = hessian[2]! + weighed;
        hessian[3] = hessian[3]! + curvature[i]! / users;
      }
      return hessian;
    },
    // Nothing is penalised.
    hessianOf: (curvature) => curvature,
  };
}

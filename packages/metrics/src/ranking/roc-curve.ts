import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores } from './ranking.js';

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** False positive rate of each point, rising. */
  readonly falsePositiveRate: Float64Array;
  /** True positive rate of each point, rising. */
  readonly truePositiveRate: Float64Array;
  /** A user at or above the threshold is called positive; the first is `Infinity`, nobody. */
  readonly thresholds: Float64Array;
}

/** Scores and labels, and which points to keep. */
export interface RocCurveOptions extends ScoredLabels {
  /** Drop points that the same step led to and leads on from: the drawn curve stays. Default false. */
  readonly dropIntermediate?: boolean;
}

/**
 * ROC curve: false and true positive rate at each distinct score, as scikit-learn's `roc_curve`.
 *
 * With `dropIntermediate`, a point goes when both its neighbours are one and the same step away in positives and in
 * negatives, which is scikit-learn's rule; points on one line but unevenly spaced stay.
 *
 * @throws {@link InputError} as {@link rocAuc}
 */
export function rocCurve({ dropIntermediate = false, ...input }: RocCurveOptions): RocCurve {
  const { thresholds, positivesAt, negativesAt, positives, negatives } = rankScores(input);
  const groups = thresholds.length;
  const points: Array<readonly [fpr: number, tpr: number, threshold: number]> = [[0, 0, Infinity]];
  for (let g = 0, p = 0, n = 0; g < groups; g++) {
    p += positivesAt[g]!;
    n += negativesAt[g]!;
    const between = g > 0 && g < groups - 1;
    const even =
      between && positivesAt[g] === positivesAt[g + 1] && negativesAt[g] === negativesAt[g + 1];
    if (!dropIntermediate || !even) points.push([n / negatives, p / positives, thresholds[g]!]);
  }
  return {
    falsePositiveRate: Float64Array.from(points, (point) => point[0]),
    truePositiveRate: Float64Array.from(points, (point) => point[1]),
    thresholds: Float64Array.from(points, (point) => point[2]),
  };
}

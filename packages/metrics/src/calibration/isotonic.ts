import { countClasses, requireFiniteScores, type ScoredLabels } from '../input/scored-labels.js';

/** A step-like, never falling map from scores to probabilities; straight between its knots. */
export interface IsotonicCalibration {
  /** Scores of the knots, rising. */
  readonly scores: Float64Array;
  /** Probability at each knot, never falling. */
  readonly probabilities: Float64Array;
}

/**
 * Isotonic regression of labels on scores: the never falling map with the least squared error.
 *
 * `min_f sum_i (y_i - f(s_i))^2` over never falling `f`, by pooling adjacent violators (Ayer et al. 1955;
 * for calibration Zadrozny and Elkan 2002). Users with equal scores are one point. The same as scikit-learn's
 * `IsotonicRegression`. Keeps the order of users up to ties, so the AUC changes only through them; on fewer
 * than about 1000 users {@link plattCalibration} is the safer map. Fit it on users the model has not seen.
 *
 * @throws {@link InputError} if labels are not 0 or 1, a score is not finite or the lengths differ
 * @example
 * ```ts
 * const calibration = isotonicCalibration(validation);
 * const probabilities = isotonicProbabilities(calibration, scores);
 * ```
 */
export function isotonicCalibration({ labels, scores }: ScoredLabels): IsotonicCalibration {
  countClasses(labels);
  requireFiniteScores(scores, { where: 'scores', users: labels.length });
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i).toSorted(
    (a, b) => scores[a]! - scores[b]!,
  );
  const blocks: Block[] = [];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at]!]! + 0; // one zero, whatever its sign
    const block: Block = { from: score, to: score, users: 0, positives: 0 };
    for (; at < order.length && scores[order[at]!] === score; at++) {
      block.users++;
      block.positives += labels[order[at]!]!;
    }
    pool(blocks, block);
  }
  const knots = blocks.flatMap(({ from, to, positives, users: size }) => {
    const rate = positives / size;
    return from === to ? [[from, rate] as const] : [[from, rate] as const, [to, rate] as const];
  });
  return {
    scores: Float64Array.from(knots, ([score]) => score),
    probabilities: Float64Array.from(knots, ([, rate]) => rate),
  };
}

/**
 * Probabilities of scores by an isotonic map, `[users]`: linear between knots, constant outside them.
 *
 * @throws {@link InputError} if a score is not finite
 */
export function isotonicProbabilities(
  calibration: IsotonicCalibration,
  scores: ArrayLike<number>,
): Float64Array {
  requireFiniteScores(scores, { where: 'scores', users: scores.length });
  const { scores: knots, probabilities } = calibration;
  return Float64Array.from({ length: scores.length }, (_, i) => {
    const score = scores[i]!;
    let above = 0;
    for (let high = knots.length; above < high;) {
      const middle = (above + high) >>> 1;
      if (knots[middle]! < score) above = middle + 1;
      else high = middle;
    }
    if (above === 0) return probabilities[0]!;
    if (above === knots.length) return probabilities[above - 1]!;
    const [low, high] = [probabilities[above - 1]!, probabilities[above]!];
    const way = (score - knots[above - 1]!) / (knots[above]! - knots[above - 1]!);
    return low + way * (high - low);
  });
}

/** Users with neighbouring scores and one probability. */
interface Block {
  from: number;
  to: number;
  users: number;
  positives: number;
}

/** Appends a block, joining it with blocks before it as long as their rate is not lower. */
function pool(blocks: Block[], block: Block): void {
  let joined = block;
  for (;;) {
    const before = blocks.at(-1);
    // Cross products of counts: whole numbers, no rounding.
    if (before === undefined || before.positives * joined.users < joined.positives * before.users) {
      break;
    }
    blocks.pop();
    joined = {
      from: before.from,
      to: joined.to,
      users: before.users + joined.users,
      positives: before.positives + joined.positives,
    };
  }
  blocks.push(joined);
}

import {
  countBothClasses,
  requireFiniteScores,
  type ScoredLabels,
} from '../input/scored-labels.js';

/**
 * Users by distinct score, highest first: all that a measure of ranking needs to know.
 *
 * Group `g` holds the users whose score is `thresholds[g]`; equal scores share a group, which is how
 * ties come out right everywhere.
 */
export interface Ranking {
  /** The distinct scores, falling. */
  readonly thresholds: Float64Array;
  /** Positives in each group. */
  readonly positivesAt: Float64Array;
  /** Negatives in each group. */
  readonly negativesAt: Float64Array;
  /** All positives. */
  readonly positives: number;
  /** All negatives. */
  readonly negatives: number;
}

/** Validates scores and labels and groups them by distinct score. */
export function rankScores({ labels, scores }: ScoredLabels): Ranking {
  const { positives, negatives } = countBothClasses(labels);
  requireFiniteScores(scores, { where: 'scores', users: labels.length });

  // Two native sorts and a merge: no index array, no comparator.
  const ofPositives = new Float64Array(positives);
  const ofNegatives = new Float64Array(negatives);
  for (let i = 0, p = 0, n = 0; i < labels.length; i++) {
    if (labels[i] === 1) ofPositives[p++] = scores[i]!;
    else ofNegatives[n++] = scores[i]!;
  }
  ofPositives.sort();
  ofNegatives.sort();

  const thresholds = new Float64Array(labels.length);
  const positivesAt = new Float64Array(labels.length);
  const negativesAt = new Float64Array(labels.length);
  let groups = 0;
  let p = positives - 1;
  let n = negatives - 1;
  while (p >= 0 || n >= 0) {
    const threshold = Math.max(
      p >= 0 ? ofPositives[p]! : -Infinity,
      n >= 0 ? ofNegatives[n]! : -Infinity,
    );
    const firstP = p;
    const firstN = n;
    while (p >= 0 && ofPositives[p] === threshold) p--;
    while (n >= 0 && ofNegatives[n] === threshold) n--;
    thresholds[groups] = threshold;
    positivesAt[groups] = firstP - p;
    negativesAt[groups] = firstN - n;
    groups++;
  }
  return {
    thresholds: thresholds.slice(0, groups),
    positivesAt: positivesAt.slice(0, groups),
    negativesAt: negativesAt.slice(0, groups),
    positives,
    negatives,
  };
}

/** AUC and KS of a ranking, in one walk down its groups. */
export function separationOf(
  ranking: Pick<Ranking, 'positivesAt' | 'negativesAt' | 'positives' | 'negatives'>,
): { readonly auc: number; readonly ks: number } {
  const { positivesAt, negativesAt, positives, negatives } = ranking;
  let positivesAbove = 0;
  let negativesAbove = 0;
  let twiceWins = 0; // whole numbers, so that the order of the groups leaves no rounding
  let widest = 0;
  for (let g = 0; g < positivesAt.length; g++) {
    const p = positivesAt[g]!;
    const n = negativesAt[g]!;
    twiceWins += n * (2 * positivesAbove + p);
    positivesAbove += p;
    negativesAbove += n;
    const gap = Math.abs(positivesAbove * negatives - negativesAbove * positives);
    if (gap > widest) widest = gap;
  }
  const pairs = positives * negatives;
  return { auc: twiceWins / (2 * pairs), ks: widest / pairs };
}

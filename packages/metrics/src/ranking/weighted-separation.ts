import {
  countBothClasses,
  requireFiniteScores,
  type ScoredLabels,
} from '../input/scored-labels.js';

/** Users from the highest score down. */
export interface RankedUsers {
  /** Places of the users in the order of their labels. */
  readonly order: Uint32Array;
  /** 1 for a positive, in the same order. */
  readonly isPositive: Uint8Array;
  /** 1 for the last user of a score. */
  readonly isLast: Uint8Array;
}

/** Sorts users by score, once for many weights. */
export function rankUsers({ labels, scores }: ScoredLabels): RankedUsers {
  countBothClasses(labels);
  requireFiniteScores(scores, { where: 'scores', users: labels.length });
  const order = Uint32Array.from({ length: labels.length }, (_, i) => i).toSorted(
    (a, b) => scores[b]! - scores[a]! || a - b,
  );
  return {
    order,
    isPositive: Uint8Array.from(order, (user) => labels[user]!),
    isLast: Uint8Array.from(order, (user, i) =>
      Number(i + 1 === order.length || scores[order[i + 1]!]! !== scores[user]!),
    ),
  };
}

/**
 * AUC and KS with every user counted `weights[user]` times; nothing where a class has no weight.
 *
 * `AUC = sum_s p_s (N - n_>=s + n_s / 2) / (P N)` over the distinct scores `s` from the highest down, `p_s`
 * and `n_s` the weight of positives and negatives there, `n_>=s` of negatives down to it.
 */
export function weightedSeparation(
  { order, isPositive, isLast }: RankedUsers,
  weights: ArrayLike<number>,
): { readonly auc: number; readonly ks: number } | undefined {
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    if (isPositive[i] === 1) positives += weight;
    else negatives += weight;
  }
  if (positives === 0 || negatives === 0) return undefined;
  let [foundPositives, foundNegatives, ownPositives, ownNegatives] = [0, 0, 0, 0];
  let [area, distance] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    if (isPositive[i] === 1) ownPositives += weight;
    else ownNegatives += weight;
    if (isLast[i] === 0) continue;
    foundPositives += ownPositives;
    foundNegatives += ownNegatives;
    area += ownPositives * (negatives - foundNegatives + ownNegatives / 2);
    const gap = Math.abs(foundPositives / positives - foundNegatives / negatives);
    if (gap > distance) distance = gap;
    ownPositives = 0;
    ownNegatives = 0;
  }
  return { auc: area / (positives * negatives), ks: distance };
}

import { InputError } from '@q-anchor/core';

import type { ScoredLabels } from '../input/scored-labels.js';
import { rankScores, type Ranking } from './ranking.js';

/** Scores and labels, and where to look. */
export interface GainCurveOptions extends ScoredLabels {
  /** Shares of the users, from the highest score down, each in `(0, 1]`. Default 0.1, 0.2 up to 1. */
  readonly shares?: readonly number[];
}

/** What the users with the highest scores hold. */
export interface GainPoint {
  /** Share of the users taken. */
  readonly share: number;
  /** The lowest score among them. */
  readonly threshold: number;
  /** Share of all positives among them: gain, or recall at the top share. */
  readonly recall: number;
  /** Share of positives within them. */
  readonly precision: number;
  /** `recall / share`: how many times as many positives as users drawn at random would hold. */
  readonly lift: number;
}

/**
 * Gain, precision and lift of the top shares of users by score.
 *
 * `recall(q) = positives among the q n highest scores / positives`, `lift(q) = recall(q) / q`,
 * `precision(q) = lift(q) base rate`. Of users with equal scores each is taken with the same chance, so that
 * the numbers are expectations and the order of the users does not matter; `q n` need not be whole.
 *
 * @throws {@link InputError} as {@link rocAuc}, and for a share outside (0, 1]
 * @example
 * ```ts
 * gainCurve({ labels, scores, shares: [0.01, 0.1] }); // [{ share: 0.01, recall: 0.08, lift: 8, ... }, ...]
 * ```
 */
export function gainCurve({ shares = tenths, ...input }: GainCurveOptions): readonly GainPoint[] {
  const ranking = rankScores(input);
  return shares.map((share, i) => {
    if (!(share > 0 && share <= 1)) {
      throw new InputError({
        where: `shares[${i}]`,
        expected: 'a share above 0 and up to 1',
        found: String(share),
      });
    }
    return pointAt(ranking, share);
  });
}

/**
 * Recall, precision and lift among the top `share` of the users by score: one point of {@link gainCurve}.
 *
 * @throws {@link InputError} as {@link gainCurve}
 * @example
 * ```ts
 * topShare({ labels, scores, share: 0.05 }).recall; // recall at the top 5 %
 * ```
 */
export function topShare({
  share,
  ...input
}: ScoredLabels & {
  /** Share of the users, in `(0, 1]`. */
  readonly share: number;
}): GainPoint {
  return gainCurve({ ...input, shares: [share] })[0]!;
}

const tenths = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);

function pointAt(ranking: Ranking, share: number): GainPoint {
  const { thresholds, positivesAt, negativesAt, positives, negatives } = ranking;
  const taken = share * (positives + negatives);
  let users = 0;
  let found = 0;
  let g = 0;
  for (; g + 1 < thresholds.length; g++) {
    const next = users + positivesAt[g]! + negativesAt[g]!;
    if (next >= taken) break;
    users = next;
    found += positivesAt[g]!;
  }
  const rate = positivesAt[g]! / (positivesAt[g]! + negativesAt[g]!);
  found += rate * (taken - users);
  const recall = found / positives;
  return {
    share,
    threshold: thresholds[g]!,
    recall,
    precision: found / taken,
    lift: recall / share,
  };
}

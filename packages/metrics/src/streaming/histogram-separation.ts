import { InputError } from '@q-anchor/core';

import type { ScoreHistogram } from './score-histogram.js';

/** AUC and KS of a stream, and how wrong they can be. */
export interface HistogramSeparation {
  /** The AUC with all scores of a bin taken as equal. */
  readonly auc: number;
  /** The AUC of the scores themselves is at most this far from `auc`, up or down. */
  readonly aucError: number;
  /** The KS at the ends of bins; the KS of the scores is never below. */
  readonly ks: number;
  /** The KS of the scores themselves is at most this much above `ks`. */
  readonly ksError: number;
  /** Positives counted. */
  readonly positives: number;
  /** Negatives counted. */
  readonly negatives: number;
}

/**
 * AUC and KS of a histogram of scores, with bounds that hold for every possible order within bins.
 *
 * Pairs in different bins are in their true order; pairs in one bin count half:
 * `aucError = 1/2 sum_b p_b n_b / (P N)`, `p_b` positives and `n_b` negatives of bin `b`. With the gap
 * `D = TPR - FPR` exact at the ends of bins, inside a bin it can reach at most `D + p_b / P` and
 * `D - n_b / N`; `ksError` is what that could add. Where no bin mixes classes, or all scores of a bin are
 * equal, the values are exact. Scores that spread over an octave leave an error of at most about
 * `1 / (2 binsPerOctave)`.
 *
 * @throws {@link InputError} if a class is missing
 */
export function histogramSeparation(histogram: ScoreHistogram): HistogramSeparation {
  const { positivesAt, negativesAt } = histogram;
  const positives = sumOf(positivesAt);
  const negatives = sumOf(negativesAt);
  if (positives === 0 || negatives === 0) {
    throw new InputError({
      where: 'histogram',
      expected: 'both classes',
      found: `${positives} positives and ${negatives} negatives`,
    });
  }
  let wins = 0; // as shares, not counts: 100 M scores make 10^15 pairs and more
  let mixed = 0;
  let widest = 0;
  let possible = 0;
  let above = 0;
  let gap = 0;
  for (let b = positivesAt.length - 1; b >= 0; b--) {
    if (positivesAt[b] === 0 && negativesAt[b] === 0) continue;
    const p = positivesAt[b]! / positives;
    const n = negativesAt[b]! / negatives;
    wins += n * (above / positives + p / 2);
    mixed += (n * p) / 2;
    if (p > 0 && n > 0) possible = Math.max(possible, gap + p, n - gap);
    above += positivesAt[b]!;
    gap += p - n;
    widest = Math.max(widest, Math.abs(gap));
  }
  return {
    auc: wins,
    aucError: mixed,
    ks: widest,
    ksError: Math.max(0, possible - widest),
    positives,
    negatives,
  };
}

function sumOf(counts: Float64Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

import { InputError } from '@q-anchor/core';

import { requireInteger } from '../input/require-number.js';
import { requireFiniteScores } from '../input/scored-labels.js';

/** Scores of two populations. */
export interface PopulationStabilityOptions {
  /** Scores of the population that was expected: training, or last month. */
  readonly expected: ArrayLike<number>;
  /** Scores of the population now. */
  readonly actual: ArrayLike<number>;
  /** Bins with about the same number of expected users; equal scores stay together. Default 10. */
  readonly bins?: number;
}

/** One bin of scores in both populations. */
export interface PopulationStabilityBin {
  /** Scores above this; `-Infinity` in the first bin. */
  readonly from: number;
  /** Scores up to this; `Infinity` in the last bin. */
  readonly to: number;
  /** Share of the expected users. */
  readonly expectedShare: number;
  /** Share of the users now. */
  readonly actualShare: number;
  /** What the bin adds to the index. */
  readonly contribution: number;
}

/** How far a population has moved. */
export interface PopulationStability {
  /** The index, 0 where all shares are equal. */
  readonly index: number;
  /** What the index would be on average by chance, had nothing moved. */
  readonly byChance: number;
  /** The bins, by rising score. */
  readonly bins: readonly PopulationStabilityBin[];
}

/**
 * Population stability index of scores, or of any one feature.
 *
 * `PSI = sum_b (a_b - e_b) ln(a_b / e_b)`, shares of actual and expected users in bins at the quantiles of the
 * expected ones (Siddiqi 2006). An empty bin counts as half a user, so that the index stays finite. By custom
 * below 0.1 is stable and above 0.25 has moved; on small sets look at `byChance` first,
 * `(bins - 1) (1/n + 1/m)` for `n` and `m` users (Yurdakul 2018).
 *
 * @throws {@link InputError} for no scores, fewer than 2 bins, or a score that is not finite
 * @example
 * ```ts
 * const { index } = populationStability({ expected: trainingScores, actual: todaysScores });
 * ```
 */
export function populationStability(options: PopulationStabilityOptions): PopulationStability {
  const { expected, actual, bins = 10 } = options;
  requireInteger('bins', bins, { least: 2 });
  for (const [where, scores] of Object.entries({ expected, actual })) {
    requireFiniteScores(scores, { where, users: scores.length });
    if (scores.length === 0) {
      throw new InputError({ where, expected: 'at least one score', found: 'none' });
    }
  }
  const sorted = Float64Array.from(expected).toSorted();
  const sortedActual = Float64Array.from(actual).toSorted();
  const ends = quantileEnds(sorted, bins);
  const expectedShares = sharesBetween(sorted, ends);
  const actualShares = sharesBetween(sortedActual, ends);
  const parts = ends.map((to, b) => {
    const [e, a] = [expectedShares[b]!, actualShares[b]!];
    const counted = [e || 0.5 / sorted.length, a || 0.5 / sortedActual.length] as const;
    return {
      from: b === 0 ? -Infinity : ends[b - 1]!,
      to,
      expectedShare: e,
      actualShare: a,
      contribution: (counted[1] - counted[0]) * Math.log(counted[1] / counted[0]),
    };
  });
  return {
    index: parts.reduce((sum, { contribution }) => sum + contribution, 0),
    byChance: (ends.length - 1) * (1 / sorted.length + 1 / sortedActual.length),
    bins: parts,
  };
}

/** Distinct upper ends at the expected scores' quantiles, the last one `Infinity`. */
function quantileEnds(sorted: Float64Array, bins: number): number[] {
  const largest = sorted.at(-1)!;
  const inner = Array.from(
    { length: bins - 1 },
    (_, b) => sorted[Math.ceil(((b + 1) * sorted.length) / bins) - 1]!,
  );
  return [...new Set(inner.filter((end) => end < largest)), Infinity];
}

function sharesBetween(sorted: Float64Array, ends: readonly number[]): number[] {
  let at = 0;
  return ends.map((end) => {
    const first = at;
    while (at < sorted.length && sorted[at]! <= end) at++;
    return (at - first) / sorted.length;
  });
}

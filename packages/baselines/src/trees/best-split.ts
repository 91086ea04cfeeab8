import { missingBin } from './bins.js';
import { binNumbers, columnNumbers, type Histogram, type NodeSums } from './histogram.js';
import type { BoostedTreesSettings } from './settings.js';

/** A split of a node. */
export interface Split {
  /** What it gains, see {@link bestSplit}. */
  readonly gain: number;
  /** Place of its column among those of the histogram. */
  readonly column: number;
  /** The last bin that goes left. */
  readonly bin: number;
  /** Whether missing values go left. */
  readonly isMissingLeft: boolean;
}

/** What {@link bestSplit} is given beside the histogram. */
export interface SplitOptions {
  /** Sums over the node's rows. */
  readonly sums: NodeSums;
  /** Bins of known values of each of the histogram's columns. */
  readonly binCounts: readonly number[];
  /** Penalty and least sizes. */
  readonly settings: Pick<
    BoostedTreesSettings,
    'l2' | 'minLeafRows' | 'minLeafHessian' | 'minGain'
  >;
}

/**
 * The best split of a node (Chen and Guestrin 2016, eq. 7, without the half):
 * `gain = G_L^2 / (H_L + lambda) + G_R^2 / (H_R + lambda) - G^2 / (H + lambda)`, with G and H the sums of
 * first and second derivatives left, right and together.
 *
 * Rows whose value is missing go to the side where they gain more; a split may be between known and
 * missing alone. Where none is missing, one that is met later goes where more rows went. Of equal splits
 * the first counts, in the order of columns and bins.
 *
 * @returns nothing where no split gains more than `minGain`
 */
export function bestSplit(histogram: Histogram, options: SplitOptions): Split | undefined {
  const { sums, binCounts, settings } = options;
  const { l2, minLeafRows, minLeafHessian } = settings;
  const own = share(sums.first, sums.second, l2);
  let gain = settings.minGain;
  let found: Omit<Split, 'gain'> | undefined;
  for (let column = 0; column < binCounts.length; column++) {
    const start = column * columnNumbers;
    const missing = start + missingBin * binNumbers;
    const missingRows = histogram[missing + 2]!;
    const bins = binCounts[column]!;
    // The last bin ends a split only where missing values are left for the other side.
    const last = missingRows > 0 ? bins : bins - 1;
    for (const isMissingLeft of missingRows > 0 ? [false, true] : [false]) {
      let first = isMissingLeft ? histogram[missing]! : 0;
      let second = isMissingLeft ? histogram[missing + 1]! : 0;
      let rows = isMissingLeft ? missingRows : 0;
      for (let bin = 0; bin < last; bin++) {
        const at = start + bin * binNumbers;
        if (histogram[at + 2] === 0) continue;
        first += histogram[at]!;
        second += histogram[at + 1]!;
        rows += histogram[at + 2]!;
        const rest = sums.rows - rows;
        if (rows < minLeafRows) continue;
        if (rest < minLeafRows) break;
        if (second < minLeafHessian || sums.second - second < minLeafHessian) continue;
        const value =
          share(first, second, l2) + share(sums.first - first, sums.second - second, l2) - own;
        if (!(value > gain)) continue;
        gain = value;
        const missingSide = missingRows > 0 ? isMissingLeft : rows > rest;
        found = { column, bin, isMissingLeft: missingSide };
      }
    }
  }
  return found && { ...found, gain };
}

/** Twice what a leaf takes off the loss, to second order: `G^2 / (H + lambda)`. */
const share = (first: number, second: number, l2: number): number =>
  (first * first) / (second + l2 || Number.MIN_VALUE);

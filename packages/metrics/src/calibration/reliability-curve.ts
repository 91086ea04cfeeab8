import type { Interval } from '../distributions/interval.js';
import { wilsonInterval } from '../distributions/wilson-interval.js';
import { requireProbabilities, type PredictedLabels } from '../input/predicted-labels.js';
import { requireInteger, requireShare } from '../input/require-number.js';

/** Labels, probabilities, and how to bin them. */
export interface ReliabilityOptions extends PredictedLabels {
  /** How many bins. Default 10. */
  readonly bins?: number;
  /** Bins of the same width on `[0, 1]`, or with about the same number of users. Default equal width. */
  readonly binning?: 'equal-width' | 'equal-count';
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number;
}

/** Users of similar probability: what was promised and what happened. */
export interface ReliabilityBin {
  /** Probabilities above this, or from 0 in the first bin. */
  readonly from: number;
  /** Probabilities up to this. */
  readonly to: number;
  /** Users in the bin. */
  readonly users: number;
  /** Their mean probability. */
  readonly meanProbability: number;
  /** Share of positives among them. */
  readonly positiveRate: number;
  /** Wilson's interval of that share. */
  readonly interval: Interval;
}

/**
 * Reliability curve: the rate of positives against the mean probability, bin by bin.
 *
 * Calibrated probabilities lie on the diagonal (Murphy and Winkler 1977; scikit-learn's `calibration_curve`).
 * Empty bins are left out. Equal counts show rare outcomes, whose probabilities all fall into the first bins
 * of equal width.
 *
 * @throws {@link InputError} as {@link logLoss}, for fewer than 1 bin or a level outside (0, 1)
 * @example
 * ```ts
 * reliabilityCurve({ labels, probabilities, binning: 'equal-count' });
 * ```
 */
export function reliabilityCurve(options: ReliabilityOptions): readonly ReliabilityBin[] {
  const { labels, probabilities, bins = 10, binning = 'equal-width', level = 0.95 } = options;
  requireProbabilities(options);
  requireInteger('bins', bins, { least: 1 });
  requireShare('level', level);
  const ends = binning === 'equal-width' ? evenEnds(bins) : quantileEnds(probabilities, bins);
  const users = new Float64Array(ends.length);
  const positives = new Float64Array(ends.length);
  const sums = new Float64Array(ends.length);
  for (let i = 0; i < labels.length; i++) {
    const probability = probabilities[i]!;
    let bin = 0;
    for (let high = ends.length - 1; bin < high;) {
      const middle = (bin + high) >>> 1;
      if (ends[middle]! < probability) bin = middle + 1;
      else high = middle;
    }
    users[bin] = users[bin]! + 1;
    positives[bin] = positives[bin]! + labels[i]!;
    sums[bin] = sums[bin]! + probability;
  }
  return [...ends].flatMap((to, bin) =>
    users[bin] === 0
      ? []
      : [
          {
            from: bin === 0 ? 0 : ends[bin - 1]!,
            to,
            users: users[bin]!,
            meanProbability: sums[bin]! / users[bin]!,
            positiveRate: positives[bin]! / users[bin]!,
            interval: wilsonInterval(positives[bin]!, { users: users[bin]!, level }),
          },
        ],
  );
}

function evenEnds(bins: number): Float64Array {
  return Float64Array.from({ length: bins }, (_, bin) => (bin + 1) / bins);
}

/** Quantiles by linear interpolation between order statistics; the last end is 1. */
function quantileEnds(probabilities: ArrayLike<number>, bins: number): Float64Array {
  const sorted = Float64Array.from(probabilities).toSorted();
  return Float64Array.from({ length: bins }, (_, bin) => {
    if (bin === bins - 1) return 1;
    const position = ((bin + 1) / bins) * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below]!;
    return low + (position - below) * ((sorted[below + 1] ?? low) - low);
  });
}

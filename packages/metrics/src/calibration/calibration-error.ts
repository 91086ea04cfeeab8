import { reliabilityCurve, type ReliabilityOptions } from './reliability-curve.js';

/** How far probabilities are from what happened. */
export interface CalibrationError {
  /** Expected calibration error: the mean gap, bins weighed by their users. */
  readonly expected: number;
  /** The gap of the worst bin. */
  readonly largest: number;
}

/**
 * Expected and largest calibration error over the bins of a reliability curve.
 *
 * `ECE = sum_b (n_b / n) | rate_b - mean probability_b |` (Naeini, Cooper and Hauskrecht 2015). Depends on the
 * bins, and noise alone makes it positive: about `sqrt(bins p (1 - p) / n)`. Compare like with like.
 *
 * @throws {@link InputError} as {@link reliabilityCurve}
 */
export function calibrationError(options: Omit<ReliabilityOptions, 'level'>): CalibrationError {
  let expected = 0;
  let largest = 0;
  for (const { users, meanProbability, positiveRate } of reliabilityCurve(options)) {
    const gap = Math.abs(positiveRate - meanProbability);
    expected += (users / options.labels.length) * gap;
    largest = Math.max(largest, gap);
  }
  return { expected, largest };
}

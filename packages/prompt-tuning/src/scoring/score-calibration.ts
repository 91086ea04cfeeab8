import { isotonicProbabilities, plattProbabilities } from '@q-anchor/metrics';

/**
 * From scores to probabilities: `1 / (1 + e^-(slope score + intercept))` (Platt 1999), or straight
 * lines between knots, constant outside them (isotonic regression).
 */
export type ScoreCalibration =
  | {
      /** Which map it is. */
      readonly method: 'platt';
      /** Factor of the score. */
      readonly slope: number;
      /** Added to it. */
      readonly intercept: number;
    }
  | {
      /** Which map it is. */
      readonly method: 'isotonic';
      /** Scores of the knots, rising. */
      readonly scores: Float64Array;
      /** Probability at each, never falling. */
      readonly probabilities: Float64Array;
    };

/**
 * Probabilities of scores.
 *
 * @param scores - `[users]`
 * @param calibration - the map
 * @returns `[users]`, in `[0, 1]`
 * @throws {@link @q-anchor/core#InputError} if a score is not finite
 */
export const calibratedProbabilities = (
  scores: ArrayLike<number>,
  calibration: ScoreCalibration,
): Float64Array =>
  calibration.method === 'platt'
    ? plattProbabilities(calibration, scores)
    : isotonicProbabilities(calibration, scores);

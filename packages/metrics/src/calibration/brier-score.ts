import { requireProbabilities, type PredictedLabels } from '../input/predicted-labels.js';

/**
 * Brier score: the mean squared distance of probability and outcome, `(1/n) sum_i (p_i - y_i)^2`.
 *
 * @throws {@link InputError} as {@link logLoss}
 */
export function brierScore(input: PredictedLabels): number {
  requireProbabilities(input);
  const { labels, probabilities } = input;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += (probabilities[i]! - labels[i]!) ** 2;
  return sum / labels.length;
}

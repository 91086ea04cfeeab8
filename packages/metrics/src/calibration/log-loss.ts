import { requireProbabilities, type PredictedLabels } from '../input/predicted-labels.js';

/**
 * Mean negative log-likelihood of the labels, in nats.
 *
 * `-(1/n) sum_i [ y_i log p_i + (1 - y_i) log(1 - p_i) ]`, with `p` kept one float64 epsilon away from 0
 * and 1 as scikit-learn's `log_loss` does, so that a single certain mistake costs about 36 nats.
 *
 * @throws {@link InputError} if labels are not 0 or 1, a probability is outside `[0, 1]` or the lengths differ
 */
export function logLoss(input: PredictedLabels): number {
  requireProbabilities(input);
  const { labels, probabilities } = input;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const p = Math.min(Math.max(probabilities[i]!, Number.EPSILON), 1 - Number.EPSILON);
    sum -= labels[i] === 1 ? Math.log(p) : Math.log1p(-p);
  }
  return sum / labels.length;
}

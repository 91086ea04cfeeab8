import { InputError } from '@q-anchor/core';

import { countClasses, requireFiniteScores } from './scored-labels.js';

/** True classes and predicted probabilities of the same users, in the same order. */
export interface PredictedLabels {
  /** The class of each user: 1 positive, 0 negative. One class alone is allowed here. */
  readonly labels: ArrayLike<number>;
  /** The predicted probability of the positive class, in `[0, 1]`. */
  readonly probabilities: ArrayLike<number>;
}

/** Insists on 0/1 labels and as many probabilities within `[0, 1]`. */
export function requireProbabilities({ labels, probabilities }: PredictedLabels): void {
  countClasses(labels);
  requireFiniteScores(probabilities, { where: 'probabilities', users: labels.length });
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!;
    if (probability < 0 || probability > 1) {
      throw new InputError({
        where: `probabilities[${i}]`,
        expected: 'a probability between 0 and 1',
        found: `${probability}`,
        fix: 'Put scores of a logistic model through sigmoid first',
      });
    }
  }
}

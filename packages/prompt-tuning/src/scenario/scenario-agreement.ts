import { InputError, type InputProblem } from '@q-anchor/core';
import {
  embeddingAgreement,
  requiredAgreement,
  type EmbeddingAgreement,
  type WeightPrecision,
} from '@q-anchor/dual-tower';

import { scenarioScores, type ScoredScenario } from '../scoring/scenario-scores.js';

/** How far probabilities of the same users are apart by two models. */
export interface ProbabilityAgreement {
  /** Mean of `|p - q|`. */
  readonly mean: number;
  /** The difference that one user in a hundred exceeds; of fewer than a hundred, the largest. */
  readonly high: number;
  /** Largest difference. */
  readonly worst: number;
}

/** How near a model's tuned embeddings and probabilities are to another's. */
export interface ScenarioAgreement {
  /** The embeddings, by cosine. */
  readonly embeddings: EmbeddingAgreement;
  /** Probabilities by the prototypes; absent without scoring. */
  readonly prototypes?: ProbabilityAgreement;
  /** Probabilities by the probe; absent without scoring. */
  readonly probe?: ProbabilityAgreement;
}

/** The largest {@link ProbabilityAgreement.high} at which an artefact may go with a copy of its model. */
export const requiredProbabilityAgreement: Readonly<Record<WeightPrecision, number>> = {
  f32: 0.02,
  f16: 0.02,
  bf16: 0.02,
  int8: 0.02,
  int4: 0.05,
};

/**
 * Compares a scenario's embeddings and probabilities by two models.
 *
 * @param scenario - its artefact
 * @param embeddings - `[users, dimensions]` by the model that it is for and by the other, same users
 * @throws {@link @q-anchor/core#InputError} if there are no users
 * @throws {@link @q-anchor/core#ShapeError} if the sets differ in size
 */
export function scenarioAgreement(
  scenario: ScoredScenario,
  embeddings: readonly [Float32Array, Float32Array],
): ScenarioAgreement {
  const near = embeddingAgreement(embeddings, scenario.prototypes.shape[1]!);
  if (!scenario.scoring) return { embeddings: near };
  const [ours, theirs] = embeddings.map((own) => scenarioScores(own, scenario));
  const differences = (by: 'prototypes' | 'probe'): ProbabilityAgreement => {
    const sorted = ours![by].probabilities
      .map((p, user) => Math.abs(p - theirs![by].probabilities[user]!))
      .toSorted();
    const { length } = sorted;
    return {
      mean: sorted.reduce((sum, difference) => sum + difference, 0) / length,
      high: sorted[length - 1 - Math.floor(length / 100)]!,
      worst: sorted[length - 1]!,
    };
  };
  return {
    embeddings: near,
    prototypes: differences('prototypes'),
    probe: differences('probe'),
  };
}

/**
 * Refuses a copy of a model whose embeddings or probabilities for a scenario are too far off.
 *
 * @param agreement - on a sample of users
 * @param options - the scenario's name, the precision of the copy's weights
 * @throws {@link @q-anchor/core#InputError} if the cosine that 99 in a hundred reach is below
 * `requiredAgreement`, or the difference that 99 in a hundred keep to is above
 * {@link requiredProbabilityAgreement}
 */
export function requireScenarioAgreement(
  agreement: ScenarioAgreement,
  options: { readonly scenario: string; readonly weights: WeightPrecision },
): void {
  const { scenario, weights } = options;
  const { count, low, mean, worst } = agreement.embeddings;
  const refuse = (what: string, problem: Pick<InputProblem, 'expected' | 'found'>): InputError =>
    new InputError({
      where: `scenario ${scenario}, ${what} by ${weights} weights`,
      ...problem,
      fix: 'Take a finer precision, tune the scenario on the exported model, or force it',
    });
  const least = requiredAgreement[weights];
  if (low < least) {
    throw refuse('embeddings', {
      expected: `a cosine of at least ${least} for 99 in a hundred of ${count}`,
      found: `${low.toFixed(5)} (mean ${mean.toFixed(5)}, lowest ${worst.toFixed(5)})`,
    });
  }
  const most = requiredProbabilityAgreement[weights];
  for (const by of ['prototypes', 'probe'] as const) {
    const far = agreement[by];
    if (!far || far.high <= most) continue;
    throw refuse(`probabilities of ${by}`, {
      expected: `a difference of at most ${most} for 99 in a hundred of ${count}`,
      found: `${far.high.toFixed(4)} (mean ${far.mean.toFixed(4)}, largest ${far.worst.toFixed(4)})`,
    });
  }
}

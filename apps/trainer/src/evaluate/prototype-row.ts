import { evaluateScores } from '@q-anchor/metrics';
import { prototypeScores, tableOf, type LoadedScenario } from '@q-anchor/prompt-tuning';

import type { EvaluatedScenario } from './evaluation-set.js';
import { ofSplit, type EvaluationRow } from './probe-row.js';

/**
 * Scores the test users by a scenario's prototypes: nothing is fitted here.
 *
 * @param scenario - labels
 * @param options - the artefact, and users' tuned embeddings by their place in the evaluation set
 */
export function prototypeRow(
  scenario: EvaluatedScenario,
  options: {
    readonly artefact: LoadedScenario;
    readonly embeddingAt: (place: number) => Float32Array;
    readonly seed: number;
    readonly resamples: number;
  },
): EvaluationRow {
  const { artefact, embeddingAt, seed, resamples } = options;
  const test = ofSplit(scenario.labels, 'test');
  const dimensions = artefact.prototypes.shape[1]!;
  const embeddings = new Float32Array(test.length * dimensions);
  for (const [row, { place }] of test.entries())
    embeddings.set(embeddingAt(place), row * dimensions);
  const scores = prototypeScores(embeddings, tableOf(artefact));
  const labels = test.map(({ label }) => label);
  return { ...evaluateScores({ labels, scores, seed, resamples }), scores };
}

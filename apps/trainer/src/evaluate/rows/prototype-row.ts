import { evaluateScores } from '@q-anchor/metrics';
import { prototypeScores, tableOf } from '@q-anchor/prompt-tuning';

import type { EvaluatedScenario } from '../evaluation-set.js';
import type { EvaluationRow } from './evaluation-row.js';
import { ofSplit } from './placed-features.js';
import type { ScenarioFeatures } from './row-features.js';

/**
 * Scores the test users by a scenario's prototypes: nothing is fitted here.
 *
 * @param scenario - labels
 * @param options - the artefact, and users' tuned embeddings
 */
export function prototypeRow(
  scenario: EvaluatedScenario,
  options: NonNullable<ScenarioFeatures['tuned']> & {
    readonly seed: number;
    readonly resamples: number;
  },
): EvaluationRow {
  const { artefact, embeddings, seed, resamples } = options;
  const test = ofSplit(scenario.labels, 'test');
  const { columns } = embeddings;
  const rows = new Float32Array(test.length * columns);
  for (const [row, { place }] of test.entries()) rows.set(embeddings.at(place), row * columns);
  const scores = prototypeScores(rows, tableOf(artefact));
  const labels = test.map(({ label }) => label);
  return { ...evaluateScores({ labels, scores, seed, resamples }), scores };
}

import type { Split } from '@q-anchor/core';
import {
  evaluateScores,
  probeScores,
  selectProbeStrength,
  type LabelledFeatures,
  type ScoreEvaluation,
} from '@q-anchor/metrics';

import type { EvaluatedScenario } from './evaluation-set.js';

/** Features of users by their place in the evaluation set. */
export interface PlacedFeatures {
  readonly columns: number;
  /** Features of one user. */
  at(place: number): ArrayLike<number>;
}

/** A row of the evaluation: how well a probe on some features does on the test split. */
export interface EvaluationRow extends ScoreEvaluation {
  /** Inverse penalty that was chosen on the validation split. */
  readonly strength: number;
  /** Scores of the test users, in the order of the scenario's labels. */
  readonly scores: Float64Array;
}

function featuresOf(
  scenario: EvaluatedScenario,
  { split, features }: { readonly split: Split; readonly features: PlacedFeatures },
): LabelledFeatures {
  const { columns } = features;
  const labels = scenario.labels.filter((reference) => reference.split === split);
  const rows = new Float64Array(labels.length * columns);
  for (const [row, { place }] of labels.entries()) rows.set(features.at(place), row * columns);
  return {
    features: rows,
    rows: labels.length,
    columns,
    labels: labels.map(({ label }) => label),
  };
}

/**
 * Fits a logistic probe on the training users, chooses its strength by the AUC on validation users,
 * scores the test users.
 */
export function probeRow(
  scenario: EvaluatedScenario,
  options: {
    readonly features: PlacedFeatures;
    readonly seed: number;
    readonly resamples: number;
  },
): EvaluationRow {
  const { features, seed, resamples } = options;
  const { probe, C: strength } = selectProbeStrength({
    train: featuresOf(scenario, { split: 'train', features }),
    validation: featuresOf(scenario, { split: 'validation', features }),
  });
  const test = featuresOf(scenario, { split: 'test', features });
  const scores = probeScores(probe, test);
  return {
    ...evaluateScores({ labels: test.labels, scores, seed, resamples }),
    strength,
    scores,
  };
}

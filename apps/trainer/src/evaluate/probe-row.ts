import type { Split } from '@q-anchor/core';
import {
  evaluateScores,
  fitLogisticProbe,
  probeScores,
  selectProbeStrength,
  selectProbeStrengthByFolds,
  type LabelledFeatures,
  type LogisticProbe,
  type ScoreEvaluation,
} from '@q-anchor/metrics';

import type { EvaluatedScenario } from './evaluation-set.js';

/** Features of users by their place in the evaluation set. */
export interface PlacedFeatures {
  readonly columns: number;
  /** Features of one user. */
  at(place: number): ArrayLike<number>;
}

/** A row of the evaluation: how well a score does on the test split. */
export interface EvaluationRow extends ScoreEvaluation {
  /** A probe's inverse penalty, chosen without the test split. */
  readonly strength?: number;
  /** Scores of the test users, log odds, in the order of the scenario's labels. */
  readonly scores: Float64Array;
  /** What a probe looked at. */
  readonly features?: PlacedFeatures;
}

/** What a probe is fitted on. */
interface ProbedFeatures {
  readonly features: PlacedFeatures;
  /** The strength where folds would choose it: one that others chose, by default their own. */
  readonly foldStrength?: number | undefined;
}

type Labels = EvaluatedScenario['labels'];

/** Features and classes of some users. */
export function featuresOf(labels: Labels, features: PlacedFeatures): LabelledFeatures {
  const { columns } = features;
  const rows = new Float64Array(labels.length * columns);
  for (const [row, { place }] of labels.entries()) rows.set(features.at(place), row * columns);
  return {
    features: rows,
    rows: labels.length,
    columns,
    labels: labels.map(({ label }) => label),
  };
}

/** Labels of one split. */
export const ofSplit = (labels: Labels, split: Split): Labels =>
  labels.filter((reference) => reference.split === split);

/** A probe and its strength: by folds where all known users have one, else by the validation split. */
function selectedProbe(
  labels: Labels,
  { features, foldStrength: C }: ProbedFeatures,
): { readonly C: number; readonly probe: LogisticProbe } {
  const known = labels.filter(({ split }) => split !== 'test');
  const folds = known.flatMap(({ fold }) => fold ?? []);
  if (folds.length === known.length) {
    const users = featuresOf(known, features);
    if (C === undefined) return selectProbeStrengthByFolds({ users, folds });
    return { C, probe: fitLogisticProbe({ ...users, C }) };
  }
  return selectProbeStrength({
    train: featuresOf(ofSplit(labels, 'train'), features),
    validation: featuresOf(ofSplit(labels, 'validation'), features),
  });
}

/**
 * Fits a logistic probe and scores the test users.
 *
 * With folds the strength is the one of the best mean AUC over folds left out one after the other, and
 * the probe is fitted on all train and validation users; without, the strength is chosen by the AUC on
 * the validation users, and the probe is fitted on the train users. Embeddings that were tuned on users of
 * every fold have seen what a fold left out should not show: they take the strength of others.
 */
export function probeRow(
  scenario: EvaluatedScenario,
  options: ProbedFeatures & { readonly seed: number; readonly resamples: number },
): EvaluationRow {
  const { features, seed, resamples } = options;
  const { probe, C: strength } = selectedProbe(scenario.labels, options);
  const test = featuresOf(ofSplit(scenario.labels, 'test'), features);
  const scores = probeScores(probe, test);
  return {
    ...evaluateScores({ labels: test.labels, scores, seed, resamples }),
    strength,
    scores,
    features,
  };
}

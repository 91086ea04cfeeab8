import {
  boostedTreesScores,
  fitBoostedTrees,
  fitBoostedTreesByFolds,
  type BoostedTrees,
} from '@q-anchor/baselines';
import { evaluateScores } from '@q-anchor/metrics';

import type { EvaluatedScenario } from '../evaluation-set.js';
import { featuresOf, ofSplit, type EvaluationRow, type PlacedFeatures } from '../probe-row.js';

/**
 * Fits boosted trees and scores the test users. Like a probe's strength the number of trees is chosen
 * fold by fold where all known users have one, else on the validation users.
 */
export function treesRow(
  scenario: EvaluatedScenario,
  options: {
    readonly features: PlacedFeatures;
    readonly seed: number;
    readonly resamples: number;
    readonly signal?: AbortSignal;
  },
): EvaluationRow {
  const { seed, resamples, features } = options;
  const test = featuresOf(ofSplit(scenario.labels, 'test'), features);
  const scores = boostedTreesScores(fitted(scenario, options), test);
  return { ...evaluateScores({ labels: test.labels, scores, seed, resamples }), scores };
}

function fitted(
  { labels }: EvaluatedScenario,
  {
    features,
    seed,
    signal,
  }: {
    readonly features: PlacedFeatures;
    readonly seed: number;
    readonly signal?: AbortSignal;
  },
): BoostedTrees {
  const options = { settings: { seed }, ...(signal && { signal }) };
  const known = labels.filter(({ split }) => split !== 'test');
  const folds = known.flatMap(({ fold }) => fold ?? []);
  if (folds.length === known.length) {
    return fitBoostedTreesByFolds({ ...options, users: featuresOf(known, features), folds });
  }
  return fitBoostedTrees({
    ...options,
    train: featuresOf(ofSplit(labels, 'train'), features),
    validation: featuresOf(ofSplit(labels, 'validation'), features),
  });
}

import type { LabelledFeatures } from '@q-anchor/metrics';

import type { EvaluatedScenario } from '../evaluation-set.js';
import { featuresOf, ofSplit, type PlacedFeatures } from './placed-features.js';

/** Users whose labels may be looked at: each of a fold, or those to fit on and those to choose by. */
type KnownUsers =
  | { readonly users: LabelledFeatures; readonly folds: readonly string[] }
  | { readonly train: LabelledFeatures; readonly validation: LabelledFeatures };

/** What a row takes: plain data, for whichever thread. */
export interface RowTask {
  /** What is fitted on the features. */
  readonly model: 'probe' | 'trees';
  readonly known: KnownUsers;
  readonly test: LabelledFeatures;
  /** A probe's strength where folds would choose it: one that others chose, by default their own. */
  readonly foldStrength?: number | undefined;
  readonly seed: number;
  readonly resamples: number;
}

/** Gathers what a row of a scenario takes. Folds count where all known users have one. */
export function rowTask(
  { labels }: EvaluatedScenario,
  { features, ...rest }: Omit<RowTask, 'known' | 'test'> & { readonly features: PlacedFeatures },
): RowTask {
  const known = labels.filter(({ split }) => split !== 'test');
  const folds = known.flatMap(({ fold }) => fold ?? []);
  const of = (some: typeof labels) => featuresOf(some, features);
  return {
    ...rest,
    known:
      folds.length === known.length
        ? { users: of(known), folds }
        : { train: of(ofSplit(labels, 'train')), validation: of(ofSplit(labels, 'validation')) },
    test: of(ofSplit(labels, 'test')),
  };
}

import type { Split } from '@q-anchor/core';
import type { LabelledFeatures } from '@q-anchor/metrics';

import type { EvaluatedScenario } from '../evaluation-set.js';

/** Features of users by their place in the evaluation set. */
export interface PlacedFeatures {
  readonly columns: number;
  /** Features of one user. */
  at(place: number): ArrayLike<number>;
}

type Labels = EvaluatedScenario['labels'];

/** Features and classes of some users, in memory of their own. */
export function featuresOf(
  labels: Labels,
  placed: PlacedFeatures,
): LabelledFeatures & { readonly features: Float64Array<ArrayBuffer> } {
  const { columns } = placed;
  const features = new Float64Array(labels.length * columns);
  for (const [row, { place }] of labels.entries()) features.set(placed.at(place), row * columns);
  return {
    features,
    rows: labels.length,
    columns,
    labels: Uint8Array.from(labels, ({ label }) => label),
  };
}

/** Labels of one split. */
export const ofSplit = (labels: Labels, split: Split): Labels =>
  labels.filter((reference) => reference.split === split);

/** Two kinds of features side by side. */
export const besides = (left: PlacedFeatures, right: PlacedFeatures): PlacedFeatures => ({
  columns: left.columns + right.columns,
  at: (place) => {
    const row = new Float32Array(left.columns + right.columns);
    row.set(left.at(place));
    row.set(right.at(place), left.columns);
    return row;
  },
});

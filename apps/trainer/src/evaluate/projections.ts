import { createRandom } from '@q-anchor/core';
import { classSeparation, pca, pcaProjections, silhouette, tsne } from '@q-anchor/metrics';

import { toFour } from './curves.js';
import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import type { EvaluatedScenario } from './evaluation-set.js';
import type { EvaluationFileProjection } from './evaluation-file.js';
import type { PlacedFeatures } from './rows/placed-features.js';

/** The rows whose embeddings are shown: before tuning and after. */
const projectedRows = ['query', 'promptTuned', 'loraTuned'] as const;

/** t-SNE needs more than three times as many points. */
const perplexity = 30;
const leastPerplexity = 3;
const iterations = 500;

/** How many test users to lay out, and how. */
export interface ProjectionOptions {
  readonly users: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * Embeddings of some test users in the plane, by PCA and t-SNE, the same users before and after tuning.
 * Nothing where the sample lacks a class.
 */
export async function scenarioProjections(
  { scenario, rows }: ScenarioEvaluation,
  options: ProjectionOptions,
): Promise<readonly EvaluationFileProjection[]> {
  const sample = sampleOf(scenario, options);
  const positives = sample.filter(({ label }) => label === 1).length;
  if (positives === 0 || positives === sample.length || sample.length < 3) return [];
  const projections: EvaluationFileProjection[] = [];
  for (const row of projectedRows) {
    const features = rows[row]?.features;
    if (features === undefined) continue;
    const projected = await projectionOf(sample, { ...options, features });
    if (projected) projections.push({ row, ...projected });
  }
  return projections;
}

type Labels = EvaluatedScenario['labels'];

/** Test users drawn at random, in the order of the labels. */
function sampleOf({ name, labels }: EvaluatedScenario, options: ProjectionOptions): Labels {
  const test = labels.filter(({ split }) => split === 'test');
  if (test.length <= options.users) return test;
  const random = createRandom(options.seed).fork(`projected users of ${name}`);
  const kept = new Set(random.shuffled(test).slice(0, options.users));
  return test.filter((one) => kept.has(one));
}

async function projectionOf(
  sample: Labels,
  options: ProjectionOptions & { readonly features: PlacedFeatures },
): Promise<Omit<EvaluationFileProjection, 'row'> | undefined> {
  const { features, seed, signal } = options;
  const { columns } = features;
  if (columns < 2) return undefined;
  const rows = sample.length;
  const data = new Float64Array(rows * columns);
  for (const [row, { place }] of sample.entries()) data.set(features.at(place), row * columns);
  const labels = sample.map(({ label }) => label);
  if (data.every((value, i) => value === data[i % columns])) return undefined;
  const plane = pca({ data, rows, columns, components: 2 });
  const neighbours = Math.min(perplexity, Math.floor((rows - 1) / 3));
  const laidOut =
    neighbours >= leastPerplexity
      ? await tsne({ data, rows, columns, perplexity: neighbours, iterations, seed, signal })
      : undefined;
  return {
    dimensions: columns,
    labels: labels.map((label) => (label === 1 ? 1 : 0)),
    pca: pointsOf(pcaProjections(plane, { features: data, rows, columns })),
    explained: Array.from(plane.explainedVarianceRatio, toFour),
    ...(laidOut && { tsne: pointsOf(laidOut.layout) }),
    betweenShare: classSeparation({ data, rows, columns, labels }).betweenShare,
    silhouette: silhouette({ data, rows, columns, labels }),
  };
}

const pointsOf = (flat: Float64Array): [number, number][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [
    toFour(flat[2 * i]!),
    toFour(flat[2 * i + 1]!),
  ]);

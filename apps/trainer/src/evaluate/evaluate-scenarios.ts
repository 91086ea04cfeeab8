import type { UserProfile } from '@q-anchor/core';
import { fitTabularSchema, tabularFeatureCount, tabularFeatures } from '@q-anchor/user-tokens';

import type { EmbeddedUsers } from './embed-users.js';
import type { EvaluatedScenario, EvaluationSet } from './evaluation-set.js';
import { probeRow, type EvaluationRow, type PlacedFeatures } from './probe-row.js';

/** The rows of an evaluation, best known first. */
export const rowNames = ['query', 'noQuery', 'randomEncoder', 'handFeatures'] as const;

/** A row's name. */
export type RowName = (typeof rowNames)[number];

/** A scenario's rows; those that were not run are left out. */
export interface ScenarioEvaluation {
  readonly scenario: EvaluatedScenario;
  readonly rows: Readonly<Partial<Record<RowName, EvaluationRow>>>;
}

/** The lists of questions that an evaluation embeds: none asked, then each scenario's. */
export const evaluationQueries = (
  set: Pick<EvaluationSet, 'scenarios'>,
): readonly (readonly string[])[] => [[''], ...set.scenarios.map(({ queries }) => queries)];

/**
 * Evaluates embeddings: for each scenario a probe on the embeddings for its queries, for no query, of
 * the untrained encoder for its queries, and on the profile's own columns.
 *
 * @param set - labels
 * @param options - embeddings for {@link evaluationQueries} by trained and, second, untrained parameters
 */
export function evaluateScenarios(
  set: EvaluationSet,
  options: {
    readonly embedded: EmbeddedUsers;
    readonly dimensions: number;
    readonly seed: number;
    readonly resamples: number;
    readonly onProgress: (done: number, total: number) => void;
  },
): readonly ScenarioEvaluation[] {
  const { embedded, dimensions, onProgress } = options;
  const [trained, untrained] = embedded.embeddings;
  const queries = 1 + set.scenarios.length;
  const forQuery = (embeddings: Float32Array, query: number): PlacedFeatures => ({
    columns: dimensions,
    at: (place) => {
      const start = (place * queries + query) * dimensions;
      return embeddings.subarray(start, start + dimensions);
    },
  });
  return set.scenarios.map((scenario, index) => {
    const hand = handFeatures(scenario, embedded.tabular);
    const features: Partial<Record<RowName, PlacedFeatures>> = {
      query: forQuery(trained!, 1 + index),
      noQuery: forQuery(trained!, 0),
      ...(untrained && { randomEncoder: forQuery(untrained, 1 + index) }),
      ...(hand && { handFeatures: hand }),
    };
    const rows = Object.fromEntries(
      rowNames.flatMap((name) => {
        const own = features[name];
        return own ? [[name, probeRow(scenario, { ...options, features: own })]] : [];
      }),
    );
    onProgress(index + 1, set.scenarios.length);
    return { scenario, rows };
  });
}

/** The profile's columns, fitted on the scenario's training users; nothing where there are none. */
function handFeatures(
  { labels }: EvaluatedScenario,
  tabular: readonly UserProfile['tabular'][],
): PlacedFeatures | undefined {
  const training = labels.filter(({ split }) => split === 'train');
  const schema = fitTabularSchema(
    training.map(({ userId, referenceDays, place }) => ({
      userId,
      referenceDays,
      events: {},
      tabular: tabular[place]!,
    })),
  );
  const columns = tabularFeatureCount(schema);
  if (columns === 0) return undefined;
  return { columns, at: (place) => tabularFeatures(tabular[place]!, schema) };
}

import type { UserProfile } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import { fitTabularSchema, tabularFeatureCount, tabularFeatures } from '@q-anchor/user-tokens';

import { baselineNames, type BaselineName } from './baselines/baseline-names.js';
import { treesRow } from './baselines/trees-row.js';
import type { EmbeddedUsers } from './embed-users.js';
import type { EvaluatedScenario, EvaluationSet } from './evaluation-set.js';
import { probeRow, type EvaluationRow, type PlacedFeatures } from './probe-row.js';
import { prototypeRow } from './prototype-row.js';

/** The rows of an evaluation, best known first. */
export const rowNames = [
  'promptTuned',
  'promptTunedPrototype',
  'loraTuned',
  'loraTunedPrototype',
  'query',
  'noQuery',
  'randomEncoder',
  'handFeatures',
  'promptTunedBesideHand',
  'loraTunedBesideHand',
  'queryBesideHand',
  'promptTunedSideBySide',
  'loraTunedSideBySide',
  'querySideBySide',
  'randomEncoderSideBySide',
  ...baselineNames,
] as const;

/** A row's name. */
export type RowName = (typeof rowNames)[number];

/** Rows that are made only where they are asked for. */
export const isOnRequest = (row: RowName): boolean =>
  row.endsWith('BesideHand') || row.endsWith('SideBySide');

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
 * the untrained encoder for its queries, and on the profile's own columns; where it was tuned, the same
 * probe on the tuned embeddings, the paper's protocol, and beside it the prototypes' own score. Side by
 * side are a user's embeddings for the questions of all scenarios, in one row of features.
 *
 * @param set - labels
 * @param options - embeddings for {@link evaluationQueries} by trained and, second, untrained parameters
 */
export function evaluateScenarios(
  set: EvaluationSet,
  options: {
    readonly embedded: EmbeddedUsers;
    /** Artefacts by scenario, in the order of the tuned embeddings. */
    readonly artefacts: ReadonlyMap<string, LoadedScenario>;
    /** Features of baselines that were asked for. */
    readonly baselines?: Readonly<Partial<Record<BaselineName, PlacedFeatures>>>;
    /** Whether a row is made; baselines always are. */
    readonly isWanted: (row: RowName) => boolean;
    readonly dimensions: number;
    readonly seed: number;
    readonly resamples: number;
    readonly signal?: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): readonly ScenarioEvaluation[] {
  const { embedded, artefacts, dimensions, onProgress, isWanted } = options;
  const [trained, untrained] = embedded.embeddings;
  const queries = 1 + set.scenarios.length;
  /** Of a user's `count` embeddings, which stand together, those from `first` up to `end`, side by side. */
  const span = (
    embeddings: Float32Array,
    { count, first, end }: { readonly count: number; readonly first: number; readonly end: number },
  ): PlacedEmbeddings => ({
    columns: (end - first) * dimensions,
    at: (place) =>
      embeddings.subarray((place * count + first) * dimensions, (place * count + end) * dimensions),
  });
  const forQuery = (embeddings: Float32Array, index: number): PlacedFeatures =>
    span(embeddings, { count: queries, first: index, end: index + 1 });
  const sideBySide = (embeddings: Float32Array): PlacedFeatures =>
    span(embeddings, { count: queries, first: 1, end: queries });
  const tunedNames = [...artefacts.keys()];
  const ofTuned = (first: number, end: number): PlacedEmbeddings =>
    span(embedded.tuned, { count: tunedNames.length, first, end });
  return set.scenarios.map((scenario, index) => {
    const hand = handFeatures(scenario, embedded.tabular);
    const artefact = artefacts.get(scenario.name);
    const tunedIndex = tunedNames.indexOf(scenario.name);
    const tuned = artefact && ofTuned(tunedIndex, tunedIndex + 1);
    const tunedName = artefact?.adapters ? 'loraTuned' : 'promptTuned';
    const features: Partial<Record<RowName, PlacedFeatures>> = {
      ...(tuned && { [tunedName]: tuned }),
      query: forQuery(trained!, 1 + index),
      noQuery: forQuery(trained!, 0),
      ...(untrained && { randomEncoder: forQuery(untrained, 1 + index) }),
      ...(hand && { handFeatures: hand }),
      ...(hand && tuned && { [`${tunedName}BesideHand`]: besides(tuned, hand) }),
      ...(hand && { queryBesideHand: besides(forQuery(trained!, 1 + index), hand) }),
      ...(tuned && { [`${tunedName}SideBySide`]: ofTuned(0, tunedNames.length) }),
      querySideBySide: sideBySide(trained!),
      ...(untrained && { randomEncoderSideBySide: sideBySide(untrained) }),
      ...options.baselines,
    };
    const prototypeRowName = `${tunedName}Prototype`;
    const rowOf = (name: RowName): EvaluationRow | undefined => {
      if (name === prototypeRowName) {
        return artefact && prototypeRow(scenario, { ...options, artefact, embeddingAt: tuned!.at });
      }
      const own = features[name];
      if (!own) return undefined;
      if (name === 'gradientBoostedTrees') {
        return treesRow(scenario, { ...options, features: own });
      }
      const foldStrength = name.startsWith(tunedName) ? untunedRow(name).strength : undefined;
      return probeRow(scenario, { ...options, features: own, foldStrength });
    };
    const known = new Map<RowName, EvaluationRow>();
    const untunedRow = (tunedRow: RowName): EvaluationRow => {
      const name = tunedRow.endsWith('SideBySide') ? 'querySideBySide' : 'query';
      const row = known.get(name) ?? rowOf(name)!;
      known.set(name, row);
      return row;
    };
    const rows = Object.fromEntries(
      rowNames.flatMap((name) => {
        if (!isBaseline(name) && !isWanted(name)) return [];
        const row = known.get(name) ?? rowOf(name);
        return row ? [[name, row]] : [];
      }),
    );
    onProgress(index + 1, set.scenarios.length);
    return { scenario, rows };
  });
}

interface PlacedEmbeddings extends PlacedFeatures {
  readonly at: (place: number) => Float32Array;
}

const isBaseline = (name: RowName): boolean => (baselineNames as readonly string[]).includes(name);

/** Two kinds of features side by side. */
const besides = (left: PlacedFeatures, right: PlacedFeatures): PlacedFeatures => ({
  columns: left.columns + right.columns,
  at: (place) => {
    const row = new Float32Array(left.columns + right.columns);
    row.set(left.at(place));
    row.set(right.at(place), left.columns);
    return row;
  },
});

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

import type { UserProfile } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';
import { fitTabularSchema, tabularFeatureCount, tabularFeatures } from '@q-anchor/user-tokens';

import { withoutProfile, type BaselineName } from '../baselines/baseline-names.js';
import type { EmbeddedUsers } from '../embed-users.js';
import type { EvaluatedScenario, EvaluationSet } from '../evaluation-set.js';
import { besides, type PlacedFeatures } from './placed-features.js';
import type { RowName } from './row-names.js';

/** Embeddings of users by their place in the evaluation set. */
interface PlacedEmbeddings extends PlacedFeatures {
  readonly at: (place: number) => Float32Array;
}

/** What the embeddings of an evaluation give the rows of a scenario. */
export interface ScenarioFeatures {
  /** Features by row. */
  readonly rows: Readonly<Partial<Record<RowName, PlacedFeatures>>>;
  /** Where the scenario was tuned: how, by which artefact, and its embeddings. */
  readonly tuned?: {
    readonly row: 'promptTuned' | 'loraTuned';
    readonly artefact: LoadedScenario;
    readonly embeddings: PlacedEmbeddings;
  };
}

/** Finds each scenario's features among all embeddings of an evaluation, and those of baselines. */
export function rowFeatures(
  set: Pick<EvaluationSet, 'scenarios'>,
  options: {
    readonly embedded: EmbeddedUsers;
    readonly artefacts: ReadonlyMap<string, LoadedScenario>;
    readonly baselines?: Readonly<Partial<Record<BaselineName, PlacedFeatures>>>;
  },
): readonly ScenarioFeatures[] {
  const { embedded, artefacts, baselines = {} } = options;
  const { dimensions } = embedded;
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
    const place = tunedNames.indexOf(scenario.name);
    const tuned = artefact && ofTuned(place, place + 1);
    const row = artefact?.adapters ? 'loraTuned' : 'promptTuned';
    return {
      rows: {
        ...(tuned && { [row]: tuned }),
        query: forQuery(trained!, 1 + index),
        noQuery: forQuery(trained!, 0),
        ...(untrained && { randomEncoder: forQuery(untrained, 1 + index) }),
        ...(hand && { handFeatures: hand }),
        ...(hand && tuned && { [`${row}BesideHand`]: besides(tuned, hand) }),
        ...(hand && { queryBesideHand: besides(forQuery(trained!, 1 + index), hand) }),
        ...(hand &&
          untrained && {
            randomEncoderBesideHand: besides(forQuery(untrained, 1 + index), hand),
          }),
        ...baselines,
        ...(hand && baselinesBesideHand(baselines, hand)),
        ...(tuned && { [`${row}SideBySide`]: ofTuned(0, tunedNames.length) }),
        querySideBySide: sideBySide(trained!),
        ...(untrained && { randomEncoderSideBySide: sideBySide(untrained) }),
      },
      ...(artefact && tuned && { tuned: { row, artefact, embeddings: tuned } }),
    };
  });
}

/** Baselines that do not read the profile, beside its columns. */
const baselinesBesideHand = (
  baselines: Readonly<Partial<Record<BaselineName, PlacedFeatures>>>,
  hand: PlacedFeatures,
): Readonly<Partial<Record<RowName, PlacedFeatures>>> =>
  Object.fromEntries(
    withoutProfile.flatMap((name) => {
      const own = baselines[name];
      return own ? [[`${name}BesideHand`, besides(own, hand)]] : [];
    }),
  );

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

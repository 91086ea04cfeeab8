import type { Engine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  embeddingAgreement,
  type EmbeddingAgreement,
  type OpenedModel,
} from '@q-anchor/dual-tower';
import {
  scenarioAgreement,
  type LoadedScenario,
  type ScenarioAgreement,
} from '@q-anchor/prompt-tuning';
import type { Dataset } from '@q-anchor/useru';

import { embedUsers, type EmbeddedUsers } from '../evaluate/embed-users.js';

/** What two models are compared on. */
export interface AgreementOptions {
  readonly engine: Engine;
  /** The model of floats, and the other one. */
  readonly models: readonly [
    Pick<OpenedModel, 'config' | 'collate' | 'parameters'>,
    Pick<OpenedModel, 'config' | 'collate' | 'parameters'>,
  ];
  /** Artefacts of the first, by scenario. */
  readonly artefacts: ReadonlyMap<string, LoadedScenario>;
  /** Users at most. */
  readonly users: number;
  /** Seed of their draw. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** How near one model is to another. */
export interface DatasetAgreement {
  /** Embeddings for questions. */
  readonly embeddings: EmbeddingAgreement;
  /** Tuned embeddings and probabilities, by scenario. */
  readonly scenarios: ReadonlyMap<string, ScenarioAgreement>;
}

/**
 * How near one model's embeddings are to another's, on users drawn from a dataset, for no query and
 * each question of its scenarios by itself: a mean over questions would hide some of the distance.
 * Beside them, each tuned scenario by itself.
 */
export async function datasetAgreement(
  dataset: Dataset,
  options: AgreementOptions,
): Promise<DatasetAgreement> {
  const { engine, models, artefacts, users, seed, signal, onProgress } = options;
  const all = await dataset.references();
  const drawn = createRandom(seed).fork('agreement').shuffled(all).slice(0, users);
  const chosen = new Set(drawn);
  const references = all.filter((reference) => chosen.has(reference));
  const questions = new Set(['', ...dataset.info.scenarios.flatMap(({ queries }) => queries)]);
  const both: EmbeddedUsers[] = [];
  for (const [round, model] of models.entries()) {
    const embedded = await embedUsers(dataset, {
      engine,
      model,
      parameters: [model.parameters],
      references,
      queries: Array.from(questions, (question) => [question]),
      prompted: [...artefacts.values()],
      signal,
      onProgress: (done, total) => onProgress(round * total + done, models.length * total),
    });
    both.push(embedded);
  }
  const { dimensions } = both[0]!;
  const [ours, theirs] = both.map(({ embeddings }) => embeddings[0]!);
  const scenarios = [...artefacts.values()].map((artefact, index) => {
    const [own, other] = both.map(({ tuned }) =>
      columnOf(tuned, { columns: artefacts.size, index, dimensions }),
    );
    return [artefact.scenario, scenarioAgreement(artefact, [own!, other!])] as const;
  });
  return {
    embeddings: embeddingAgreement([ours!, theirs!], dimensions),
    scenarios: new Map(scenarios),
  };
}

function columnOf(
  rows: Float32Array,
  options: { readonly columns: number; readonly index: number; readonly dimensions: number },
): Float32Array {
  const { columns, index, dimensions } = options;
  const users = rows.length / (columns * dimensions);
  const out = new Float32Array(users * dimensions);
  for (let user = 0; user < users; user++) {
    const start = (user * columns + index) * dimensions;
    out.set(rows.subarray(start, start + dimensions), user * dimensions);
  }
  return out;
}

import type { Engine } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  embeddingAgreement,
  type EmbeddingAgreement,
  type OpenedModel,
} from '@q-anchor/dual-tower';
import type { Dataset } from '@q-anchor/useru';

import { embedUsers } from '../evaluate/embed-users.js';

/** What two models are compared on. */
export interface AgreementOptions {
  readonly engine: Engine;
  /** The model of floats, and the other one. */
  readonly models: readonly [
    Pick<OpenedModel, 'config' | 'collate' | 'parameters'>,
    Pick<OpenedModel, 'config' | 'collate' | 'parameters'>,
  ];
  /** Users at most. */
  readonly users: number;
  /** Seed of their draw. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * How near one model's embeddings are to another's, on users drawn from a dataset, for no query and
 * each question of its scenarios by itself: a mean over questions would hide some of the distance.
 */
export async function datasetAgreement(
  dataset: Dataset,
  options: AgreementOptions,
): Promise<EmbeddingAgreement> {
  const { engine, models, users, seed, signal, onProgress } = options;
  const all = await dataset.references();
  const drawn = createRandom(seed).fork('agreement').shuffled(all).slice(0, users);
  const chosen = new Set(drawn);
  const references = all.filter((reference) => chosen.has(reference));
  const questions = new Set(['', ...dataset.info.scenarios.flatMap(({ queries }) => queries)]);
  const embeddings: Float32Array[] = [];
  for (const [round, model] of models.entries()) {
    const embedded = await embedUsers(dataset, {
      engine,
      model,
      parameters: [model.parameters],
      references,
      queries: Array.from(questions, (question) => [question]),
      signal,
      onProgress: (done, total) => onProgress(round * total + done, models.length * total),
    });
    embeddings.push(...embedded.embeddings);
  }
  const [ours, theirs] = embeddings as [Float32Array, Float32Array];
  return embeddingAgreement([ours, theirs], models[0].config.head.output);
}

import type { Engine, Weights } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import { embeddingSize, type OpenedModel } from '@q-anchor/dual-tower';
import type { PromptedQueries } from '@q-anchor/prompt-tuning';
import type { Dataset, ReferencePoint } from '@q-anchor/useru';

import { createAskedEmbedder } from '../scenarios/asked-embedder.js';

/** Embeddings of users by several models' parameters. */
export interface EmbeddedUsers {
  /** For each set of parameters `[users, lists of questions, dimensions]`. */
  readonly embeddings: readonly Float32Array[];
  /** For tuned prompts, by the first parameters `[users, prompted, dimensions]`. */
  readonly tuned: Float32Array;
  /** Numbers of an embedding. */
  readonly dimensions: number;
  /** The users' profile features. */
  readonly tabular: readonly UserProfile['tabular'][];
}

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;

/**
 * Embeds users for lists of questions, whose embeddings are averaged, and for tuned prompts; each user's
 * prefix is read once for all of them.
 *
 * @param dataset - where the users are
 * @param options - who, what for, by which parameters of one model
 */
export async function embedUsers(
  dataset: Dataset,
  options: {
    readonly engine: Engine;
    readonly model: Pick<OpenedModel, 'config' | 'collate'>;
    readonly parameters: readonly Weights[];
    readonly references: readonly ReferencePoint[];
    readonly queries: readonly (readonly string[])[];
    /** Prompts that were tuned on the first parameters: with others they mean nothing. Default none. */
    readonly prompted?: readonly PromptedQueries[];
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<EmbeddedUsers> {
  const { engine, model, parameters, references, queries, prompted = [], signal } = options;
  const total = parameters.length * references.length;
  const dimensions = embeddingSize(model.config);
  const size = queries.length * dimensions;
  const tuned = new Float32Array(references.length * prompted.length * dimensions);
  const embeddings: Float32Array[] = [];
  const tabular: UserProfile['tabular'][] = [];
  let done = 0;
  for (const [round, values] of parameters.entries()) {
    const asked = { queries, prompted: round === 0 ? prompted : [] };
    const served = { ...model, parameters: values };
    await using embedder = await createAskedEmbedder(engine, served, asked);
    const out = new Float32Array(references.length * size);
    let place = 0;
    for await (const profiles of dataset.profiles(references, { batchSize: batchUsers, signal })) {
      const rows = await embedder.embed(profiles);
      out.set(rows.queries, place * size);
      tuned.set(rows.prompted, place * prompted.length * dimensions);
      place += profiles.length;
      if (round === 0) tabular.push(...profiles.map((profile) => profile.tabular));
      done += profiles.length;
      options.onProgress(done, total);
    }
    embeddings.push(out);
  }
  return { embeddings, tuned, dimensions, tabular };
}

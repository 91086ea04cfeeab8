import type { Engine, Weights } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import { averagedEmbeddings, createEmbedder, type OpenedModel } from '@q-anchor/dual-tower';
import type { Dataset, ReferencePoint } from '@q-anchor/useru';

/** Embeddings of users by several models' parameters. */
export interface EmbeddedUsers {
  /** For each set of parameters `[users, lists of questions, dimensions]`. */
  readonly embeddings: readonly Float32Array[];
  /** The users' profile features. */
  readonly tabular: readonly UserProfile['tabular'][];
}

/** Users read at a time: enough to put those of like length together. */
const batchUsers = 512;

/**
 * Embeds users for lists of questions, whose embeddings are averaged; each user's prefix is read once
 * for all of them.
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
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<EmbeddedUsers> {
  const { engine, model, parameters, references, queries, signal } = options;
  const total = parameters.length * references.length;
  const size = queries.length * model.config.head.output;
  const embeddings: Float32Array[] = [];
  const tabular: UserProfile['tabular'][] = [];
  let done = 0;
  for (const [round, values] of parameters.entries()) {
    await using embedder = await createEmbedder(engine, { ...model, parameters: values });
    const out = new Float32Array(references.length * size);
    let place = 0;
    for await (const profiles of dataset.profiles(references, { batchSize: batchUsers, signal })) {
      out.set(await averagedEmbeddings(embedder, { profiles, queries }), place * size);
      place += profiles.length;
      if (round === 0) tabular.push(...profiles.map((profile) => profile.tabular));
      done += profiles.length;
      options.onProgress(done, total);
    }
    embeddings.push(out);
  }
  return { embeddings, tabular };
}

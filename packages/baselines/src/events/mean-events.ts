import type { Engine } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import {
  cachedTexts,
  createTextEncoder,
  dualTowerInputs,
  weightsOf,
  type ServedModel,
} from '@q-anchor/dual-tower';
import { concat, createGraph, matmul } from '@q-anchor/graph';
import { collateUsers, embedEvents, modalityNames } from '@q-anchor/user-tokens';

/** Means of users' event embeddings. */
export interface MeanEvents extends AsyncDisposable {
  /** Size of a user's vector: modalities times event width E. */
  readonly dimensions: number;
  /**
   * Means of users' event embeddings.
   *
   * @param profiles - at least one user
   * @returns `[users, dimensions]`
   * @throws {@link InputError} if there is none
   */
  embed(profiles: readonly UserProfile[]): Promise<Float32Array>;
}

/**
 * Users as the means of their event embeddings, modality by modality:
 * `x = [mean_t h[1,t], ..., mean_t h[M,t]]`, with `h` what the model's own text encoder, age and value
 * projections make of an event, and of the profile's columns where there are some. A modality without
 * events is zero. No adapter and no decoder: what is left of the model is its reading of single events.
 *
 * @param engine - where to run
 * @param options - the model; `batchUsers`: users a run, default 64; `maxCachedTexts`: embeddings of
 *   texts kept, default 100,000
 */
export async function createMeanEvents(
  engine: Engine,
  options: Pick<ServedModel, 'config' | 'parameters' | 'collate'> & {
    readonly batchUsers?: number;
    readonly maxCachedTexts?: number;
  },
): Promise<MeanEvents> {
  const { config, parameters, collate, batchUsers = 64, maxCachedTexts = 100_000 } = options;
  const { users } = config;
  const graph = createGraph();
  const modalities = embedEvents(graph, {
    config: users,
    parameters: dualTowerInputs(graph, config, { weights: parameters }),
    textSource: 'embeddings',
  });
  graph.output(
    'means',
    concat(
      modalities.map(({ mean, embeddings }) => matmul([mean, embeddings])),
      1,
    ),
  );
  const texts = await createTextEncoder(engine, {
    config,
    parameters,
    collate,
    maxEntries: maxCachedTexts,
  });
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const dimensions = modalityNames(users).length * users.eventWidth;
  return {
    dimensions,
    async embed(profiles) {
      if (profiles.length === 0) {
        throw new InputError({ where: 'mean events', expected: 'a user', found: 'none' });
      }
      const out = new Float32Array(profiles.length * dimensions);
      for (let start = 0; start < profiles.length; start += batchUsers) {
        const batch = profiles.slice(start, start + batchUsers);
        const textEmbedding = await cachedTexts(batch, { config: users, cache: texts.cache });
        const { feeds } = collateUsers(batch, { ...collate, config: users, textEmbedding });
        const { means } = await program.run(
          Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.has(name))),
        );
        out.set(means!.data as Float32Array, start * dimensions);
      }
      return out;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await texts[Symbol.asyncDispose]();
    },
  };
}

import type { Engine } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { createEmbedder, type ServedModel } from '@q-anchor/dual-tower';

import type { PromptedQuery } from './prompted-query.js';

/** Embeds users for tuned scenarios. */
export interface TunedEmbedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /**
   * Embeddings of users for scenarios; each user's prefix is encoded once for all of them.
   *
   * @param profiles - at least one user
   * @param scenarios - prompts and queries, at least one
   * @returns `[users, scenarios, dimensions]`, rows of length 1
   * @throws {@link @q-anchor/core#InputError} if there is no user or no scenario, or a sequence is
   * longer than the decoder's positions
   */
  embed(
    profiles: readonly UserProfile[],
    scenarios: readonly PromptedQuery[],
  ): Promise<Float32Array>;
}

/**
 * Compiles a model for embedding users by tuned prompts; the decoder's weights are in memory once.
 *
 * @param engine - where to run
 * @param model - the model
 * @param options - `batchUsers`: users a run, default 64
 */
export async function createTunedEmbedder(
  engine: Engine,
  model: ServedModel,
  options: { readonly batchUsers?: number } = {},
): Promise<TunedEmbedder> {
  const { batchUsers = 64 } = options;
  const embedder = await createEmbedder(engine, model);
  const { dimensions } = embedder;
  return {
    dimensions,
    async embed(profiles, scenarios) {
      if (profiles.length === 0 || scenarios.length === 0) {
        const found = `${profiles.length} users, ${scenarios.length} scenarios`;
        const expected = 'at least one user and one scenario';
        throw new InputError({ where: 'embed', expected, found });
      }
      const out = new Float32Array(profiles.length * scenarios.length * dimensions);
      for (let start = 0; start < profiles.length; start += batchUsers) {
        const cache = await embedder.encode(profiles.slice(start, start + batchUsers));
        for (const [s, { query, prompts }] of scenarios.entries()) {
          const rows = await embedder.embedCached(cache, [query], { prompts });
          for (const user of cache.prefixLengths.keys()) {
            const row = rows.subarray(user * dimensions, (user + 1) * dimensions);
            out.set(row, ((start + user) * scenarios.length + s) * dimensions);
          }
        }
      }
      return out;
    },
    async [Symbol.asyncDispose]() {
      await embedder[Symbol.asyncDispose]();
    },
  };
}

import type { Engine } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { createEmbedder, type ServedModel } from '@q-anchor/dual-tower';

import {
  scenarioScores,
  type ScenarioScores,
  type ScoredScenario,
} from '../scoring/scenario-scores.js';
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
  /**
   * Scores and calibrated probabilities of users for scenarios, by prototypes and by probe; see
   * {@link scenarioScores} for the formulae.
   *
   * @param profiles - at least one user
   * @param scenarios - artefacts, as {@link loadScenario} returns them, at least one
   * @returns for each scenario, in their order
   * @throws {@link @q-anchor/core#InputError} as `embed`, and if an artefact holds no scoring
   */
  score(
    profiles: readonly UserProfile[],
    scenarios: readonly (PromptedQuery & ScoredScenario)[],
  ): Promise<readonly ScenarioScores[]>;
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
  const self: TunedEmbedder = {
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
    async score(profiles, scenarios) {
      const embeddings = await self.embed(profiles, scenarios);
      return scenarios.map((scenario, s) => {
        const own = new Float32Array(profiles.length * dimensions);
        for (const user of profiles.keys()) {
          const start = (user * scenarios.length + s) * dimensions;
          own.set(embeddings.subarray(start, start + dimensions), user * dimensions);
        }
        return scenarioScores(own, scenario);
      });
    },
    async [Symbol.asyncDispose]() {
      await embedder[Symbol.asyncDispose]();
    },
  };
  return self;
}

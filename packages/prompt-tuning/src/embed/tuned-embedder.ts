import type { Adapters } from '@q-anchor/backbone';
import type { Engine } from '@q-anchor/backend';
import { eventCount, InputError, type UserProfile } from '@q-anchor/core';
import {
  createEmbedder,
  meanEmbedding,
  type Embedder,
  type EmbedderOptions,
  type ServedModel,
} from '@q-anchor/dual-tower';

import { adaptedModel } from '../lora/adapted-model.js';
import {
  scenarioScores,
  type ScenarioScores,
  type ScoredScenario,
} from '../scoring/scenario-scores.js';
import { askedOf } from './asked-of.js';
import type { PromptedQueries } from './prompted-queries.js';

/** Embeds users for tuned scenarios, and for queries beside them. */
export interface TunedEmbedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /**
   * Embeddings of users for scenarios and queries; each user's prefix is encoded once for all of them, but
   * for scenarios tuned by adapters: for each of those it is encoded again.
   *
   * @param profiles - at least one user
   * @param asked - prompts and questions of scenarios, or questions by themselves, at least one
   * @returns `[users, asked, dimensions]`, rows of length 1
   * @throws {@link @q-anchor/core#InputError} if there is no user or nothing is asked, or a sequence is
   * longer than the decoder's positions
   */
  embed(
    profiles: readonly UserProfile[],
    asked: ReadonlyArray<PromptedQueries | string>,
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
    scenarios: readonly (PromptedQueries & ScoredScenario)[],
  ): Promise<readonly ScenarioScores[]>;
}

/**
 * Compiles a model for embedding users for tuned scenarios; the decoder's weights are in memory once, and
 * once more for each scenario tuned by adapters, from when it is first asked.
 *
 * @param engine - where to run
 * @param model - the model
 * @param options - users a run; how event texts' embeddings are kept
 */
export async function createTunedEmbedder(
  engine: Engine,
  model: ServedModel,
  options: Pick<EmbedderOptions, 'batchUsers' | 'textCache'> = {},
): Promise<TunedEmbedder> {
  const { batchUsers = 64, textCache } = options;
  const embedder = await createEmbedder(engine, { ...model, textCache });
  const { dimensions } = embedder;
  const adapted = new Map<Adapters, Promise<Embedder>>();
  const adaptedEmbedder = (adapters: Adapters): Promise<Embedder> => {
    const known =
      adapted.get(adapters) ??
      createEmbedder(engine, { ...adaptedModel(model, adapters), textCache });
    adapted.set(adapters, known);
    return known;
  };
  const self: TunedEmbedder = {
    dimensions,
    async embed(profiles, asked) {
      if (profiles.length === 0 || asked.length === 0) {
        const found = `${profiles.length} users, ${asked.length} scenarios and queries`;
        const expected = 'at least one user and one scenario or query';
        throw new InputError({ where: 'embed', expected, found });
      }
      const out = new Float32Array(profiles.length * asked.length * dimensions);
      const isShared = asked.some((one) => typeof one === 'string' || !one.adapters);
      const plain = [...asked.keys()].filter((place) => typeof asked[place] === 'string');
      // Users of like length share a batch, so that little is padding.
      const order = [...profiles.keys()].toSorted(
        (a, b) => eventCount(profiles[a]!) - eventCount(profiles[b]!),
      );
      for (let start = 0; start < order.length; start += batchUsers) {
        const users = order.slice(start, start + batchUsers);
        const some = users.map((user) => profiles[user]!);
        const cache = isShared ? await embedder.encode(some) : undefined;
        const put = (
          row: Float32Array,
          to: { readonly user: number; readonly place: number },
        ): void => out.set(row, (to.user * asked.length + to.place) * dimensions);
        if (plain.length > 0) {
          const queries = plain.map((place) => asked[place] as string);
          const rows = await embedder.embedCached(cache!, queries);
          for (const [row, user] of users.entries()) {
            for (const [i, place] of plain.entries()) {
              const from = (row * plain.length + i) * dimensions;
              put(rows.subarray(from, from + dimensions), { user, place });
            }
          }
        }
        for (const [place, one] of asked.entries()) {
          if (typeof one === 'string') continue;
          const { adapters } = one;
          const own = adapters ? await adaptedEmbedder(adapters) : embedder;
          const prefix = adapters ? await own.encode(some) : cache!;
          const questions = askedOf(one);
          const rows = await own.embedAsked(
            prefix,
            some.map(() => questions),
          );
          for (const [row, user] of users.entries()) {
            put(meanEmbedding(rows[row]!, dimensions), { user, place });
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
      for (const [, own] of adapted) await (await own)[Symbol.asyncDispose]();
      await embedder[Symbol.asyncDispose]();
    },
  };
  return self;
}

import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  createAnswerer,
  createAttentionReader,
  type AnswerRecord,
  type AskedQuery,
  type OpenedModel,
  type QueryAttention,
} from '@q-anchor/dual-tower';
import { adaptedModel, askedOf, type LoadedScenario } from '@q-anchor/prompt-tuning';

import { madeOnce } from './made-once.js';

/** What people look at beside embeddings and scores. Callers see to it that it goes one by one. */
export interface Insight extends AsyncDisposable {
  /** Whether the model learnt to answer in words. */
  readonly canAnswer: boolean;
  /**
   * Where the model looks, for each question; for a scenario, behind its prompts or by its adapters.
   *
   * @throws {@link @q-anchor/core#InputError} if a question has too many tokens
   */
  attention(
    profile: UserProfile,
    asked: readonly AskedQuery[] | LoadedScenario,
  ): Promise<readonly QueryAttention[]>;
  /**
   * An answer in words, each token the most probable one; it is cut where the signal aborts.
   *
   * @throws {@link @q-anchor/core#InputError} if the question has too many tokens
   */
  answer(
    profile: UserProfile,
    question: string,
    options: { readonly maxTokens: number; readonly signal: AbortSignal },
  ): Promise<AnswerRecord>;
}

/**
 * Reads attention and writes answers. Nothing is compiled before it is asked for; the weights are then
 * in memory once more for each of the two.
 *
 * @param engine - one that computes off the event loop
 * @param model - the model
 */
export function createInsight(engine: Engine, model: OpenedModel): Insight {
  const reader = madeOnce(() => createAttentionReader(engine, model));
  const answerer = madeOnce(() => createAnswerer(engine, model));
  return {
    canAnswer: model.config.nextTokenWeight > 0,
    async attention(profile, asked) {
      const one = 'scenario' in asked ? asked : undefined;
      const queries = 'scenario' in asked ? askedOf(asked) : asked;
      if (one?.adapters) {
        // Weights of its own: kept no longer than it takes, since there may be many such scenarios.
        await using own = await createAttentionReader(engine, adaptedModel(model, one.adapters));
        return (await own.read([profile], queries))[0]!;
      }
      return (await (await reader.get()).read([profile], queries))[0]!;
    },
    async answer(profile, question, options) {
      return await (await answerer.get()).answer(profile, question, options).finished();
    },
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await answerer[Symbol.asyncDispose]();
    },
  };
}

import type { Engine } from '@q-anchor/backend';
import type { ServedModel } from '@q-anchor/dual-tower';
import { InputError } from '@q-anchor/core';

import type { PromptedQueries } from '../embed/prompted-queries.js';
import { adaptedModel } from './adapted-model.js';
import { compileAdaptedEmbedder } from './lora-steps.js';
import type { UserTokenStore } from './user-token-store.js';

/**
 * Embeddings of all users of stores for questions tuned by adapters; their prefixes are read again.
 *
 * @param engine - where to run
 * @param options - the model, what was tuned, users' tokens by store, signal to stop
 * @returns for each store `[users, dimensions]`, rows of length 1
 * @throws {@link InputError} if no adapters were tuned, or the model has its own
 */
export async function adaptedEmbeddings(
  engine: Engine,
  options: {
    readonly model: ServedModel;
    readonly asked: PromptedQueries;
    readonly tokens: readonly UserTokenStore[];
    readonly signal?: AbortSignal;
  },
): Promise<readonly Float32Array[]> {
  const { model, tokens, signal } = options;
  const { queries, adapters } = options.asked;
  if (!adapters) {
    throw new InputError({
      where: `"${queries[0]}"`,
      expected: 'questions tuned by adapters',
      found: 'prompts',
      fix: 'Embed encoded prefixes by storedEmbeddings',
    });
  }
  const adapted = adaptedModel(model, adapters);
  await using embedder = await compileAdaptedEmbedder(engine, { model: adapted, queries });
  const embeddings: Float32Array[] = [];
  for (const store of tokens) {
    embeddings.push(await embedder.embed(store, { adapters: adapters.adapters, signal }));
  }
  return embeddings;
}

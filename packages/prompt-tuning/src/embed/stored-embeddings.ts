import { InputError } from '@q-anchor/core';
import type { Embedder } from '@q-anchor/dual-tower';

import type { PrefixStore } from '../prefixes/prefix-store.js';
import type { PromptedQuery } from './prompted-query.js';

/**
 * Embeddings of all users of a store for a prompted query.
 *
 * @param embedder - the model
 * @param options - prompts and query, encoded users, users a run (default 128), signal to stop
 * @returns `[users, dimensions]`, rows of length 1
 * @throws {@link InputError} if adapters were tuned: stored prefixes were read without them
 */
export async function storedEmbeddings(
  embedder: Pick<Embedder, 'dimensions' | 'embedCached'>,
  options: {
    readonly asked: PromptedQuery;
    readonly prefixes: PrefixStore;
    readonly batchUsers?: number;
    readonly signal?: AbortSignal;
  },
): Promise<Float32Array> {
  const { asked, prefixes, batchUsers = 128, signal } = options;
  const { query, prompts, adapters } = asked;
  if (adapters) {
    throw new InputError({
      where: `"${query}", behind stored prefixes`,
      expected: 'a query tuned by prompts',
      found: 'adapters: stored prefixes were read without them',
      fix: 'Embed the users by createTunedEmbedder',
    });
  }
  const out = new Float32Array(prefixes.users * embedder.dimensions);
  for (let start = 0; start < prefixes.users; start += batchUsers) {
    signal?.throwIfAborted();
    const count = Math.min(batchUsers, prefixes.users - start);
    const cache = prefixes.batch(Array.from({ length: count }, (_, i) => start + i));
    const rows = await embedder.embedCached(cache, [query], { prompts });
    out.set(rows, start * embedder.dimensions);
  }
  return out;
}

import { InputError } from '@q-anchor/core';
import { meanEmbedding, type Embedder } from '@q-anchor/dual-tower';

import type { PrefixStore } from '../prefixes/prefix-store.js';
import type { PromptedQueries } from './prompted-queries.js';
import { askedOf } from './asked-of.js';

/**
 * Embeddings of all users of a store for prompted questions: the mean over them.
 *
 * @param embedder - the model
 * @param options - prompts and questions, encoded users, users a run (default 128), signal to stop
 * @returns `[users, dimensions]`, rows of length 1
 * @throws {@link InputError} if adapters were tuned: stored prefixes were read without them
 */
export async function storedEmbeddings(
  embedder: Pick<Embedder, 'dimensions' | 'embedAsked'>,
  options: {
    readonly asked: PromptedQueries;
    readonly prefixes: PrefixStore;
    readonly batchUsers?: number;
    readonly signal?: AbortSignal;
  },
): Promise<Float32Array> {
  const { asked, prefixes, batchUsers = 128, signal } = options;
  if (asked.adapters) {
    throw new InputError({
      where: `"${asked.queries[0]}", behind stored prefixes`,
      expected: 'questions tuned by prompts',
      found: 'adapters: stored prefixes were read without them',
      fix: 'Embed the users by createTunedEmbedder',
    });
  }
  const out = new Float32Array(prefixes.users * embedder.dimensions);
  for (let start = 0; start < prefixes.users; start += batchUsers) {
    signal?.throwIfAborted();
    const count = Math.min(batchUsers, prefixes.users - start);
    const cache = prefixes.batch(Array.from({ length: count }, (_, i) => start + i));
    const own = askedOf(asked);
    const rows = await embedder.embedAsked(
      cache,
      Array.from({ length: count }, () => own),
    );
    for (const [i, row] of rows.entries()) {
      out.set(meanEmbedding(row, embedder.dimensions), (start + i) * embedder.dimensions);
    }
  }
  return out;
}

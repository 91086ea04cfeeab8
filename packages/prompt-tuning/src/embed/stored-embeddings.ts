import { InputError } from '@q-anchor/core';
import { createReusedArrays, meanEmbedding, type Embedder } from '@q-anchor/dual-tower';

import type { PrefixStore } from '../prefixes/prefix-store.js';
import type { PromptedQueries } from './prompted-queries.js';
import { askedOf } from './asked-of.js';

/** Prefix tokens of a run at most, padding counted: buffers beyond 64 MB have V8 collect garbage at each run. */
const runTokens = 2 ** 14;

/**
 * Embeddings of all users of a store for prompted questions: the mean over them.
 *
 * @param embedder - the model
 * @param options - prompts and questions, encoded users, users a run at most (default 128), signal to stop
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
  const { lengths } = prefixes;
  // Users of like length share a run, so that little is padding; the longest first, whose arrays do for
  // all others.
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]!);
  const own = askedOf(asked);
  const arrays = createReusedArrays();
  for (let start = 0; start < order.length;) {
    signal?.throwIfAborted();
    const fitting = Math.max(1, Math.floor(runTokens / lengths[order[start]!]!));
    const chosen = order.slice(start, start + Math.min(batchUsers, fitting));
    start += chosen.length;
    const rows = await embedder.embedAsked(
      prefixes.batch(chosen, arrays),
      chosen.map(() => own),
    );
    for (const [i, row] of rows.entries()) {
      out.set(meanEmbedding(row, embedder.dimensions), chosen[i]! * embedder.dimensions);
    }
  }
  return out;
}

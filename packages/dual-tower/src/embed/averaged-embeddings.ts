import { InputError, type UserProfile } from '@q-anchor/core';

import type { Embedder } from './embedder.js';
import { meanEmbedding } from './mean-embedding.js';

/** Whom {@link averagedEmbeddings} embeds, and for what. */
export interface AveragedEmbeddingsOptions {
  /** At least one user. */
  readonly profiles: readonly UserProfile[];
  /**
   * Lists of questions, at least one list of at least one; the questions of a list make one
   * embedding. `['']` is the user as such.
   */
  readonly queries: readonly (readonly string[])[];
}

/**
 * Embeddings of users for lists of questions, such as the `queries` of scenarios: the
 * {@link meanEmbedding} over each list. All questions of all lists, each once, are answered in one run
 * behind one prefix; the row of a list of one question is that of `embedder.embed`, bit for bit.
 *
 * @param embedder - asked once
 * @param options - users and lists of questions
 * @returns `[users, lists, dimensions]`, rows of length 1
 * @throws {@link @q-anchor/core#InputError} as `embedder.embed`, if a list has no question, or if a
 * user's embeddings for a list cancel out
 * @example
 * ```ts
 * await averagedEmbeddings(embedder, {
 *   profiles,
 *   queries: scenarios.map((scenario) => scenario.queries),
 * });
 * ```
 */
export async function averagedEmbeddings(
  embedder: Pick<Embedder, 'embed' | 'dimensions'>,
  { profiles, queries }: AveragedEmbeddingsOptions,
): Promise<Float32Array> {
  const empty = queries.findIndex((list) => list.length === 0);
  if (empty >= 0) {
    throw new InputError({
      where: `queries[${empty}]`,
      expected: 'at least one question',
      found: 'none',
      fix: 'For the user as such, ask ""',
    });
  }
  const questions = [...new Set(queries.flat())];
  const { dimensions } = embedder;
  const rows = await embedder.embed(profiles, questions);
  const places = queries.map((list) => list.map((question) => questions.indexOf(question)));
  const out = new Float32Array(profiles.length * queries.length * dimensions);
  for (let user = 0; user < profiles.length; user++) {
    for (const [list, own] of places.entries()) {
      const asked = new Float32Array(own.length * dimensions);
      for (const [i, place] of own.entries()) {
        const start = (user * questions.length + place) * dimensions;
        asked.set(rows.subarray(start, start + dimensions), i * dimensions);
      }
      out.set(meanEmbedding(asked, dimensions), (user * queries.length + list) * dimensions);
    }
  }
  return out;
}

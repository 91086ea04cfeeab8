import type { TensorData } from '@q-anchor/graph';

import { noTokens } from './past-inputs.js';

/** Names of the graph inputs a batch of queries feeds. */
export const queryInputNames = {
  tokens: 'queries.tokens',
  segments: 'queries.segments',
  positions: 'queries.positions',
  embeddingIndex: 'queries.embeddingIndex',
} as const;

const feed = (data: BigInt64Array, shape: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape,
  data,
});

/**
 * The same queries packed behind each user's prefix, each followed by `<|user_emb|>`.
 *
 * @param queries - token ids of each query; none for the empty query
 * @param options - position of a query's first token, by user; the id of `<|user_emb|>`; how many given
 *   tokens a user has in the same run, padding counted, 0 by default
 */
export function collateQueries(
  queries: readonly (readonly number[])[],
  options: {
    readonly startsAt: readonly number[];
    readonly userEmbeddingId: number;
    readonly givenTokens?: number;
  },
): Record<string, TensorData> {
  const { startsAt, userEmbeddingId, givenTokens = 0 } = options;
  const batch = startsAt.length;
  const ids = queries.map((query) => [...query, userEmbeddingId]);
  const length = ids.reduce((sum, list) => sum + list.length, 0);
  const tokens = new BigInt64Array(batch * length);
  const segments = new BigInt64Array(batch * length);
  const positions = new BigInt64Array(batch * length);
  const embeddingIndex = new BigInt64Array(batch * ids.length);
  for (const [b, start] of startsAt.entries()) {
    let at = b * length;
    for (const [k, list] of ids.entries()) {
      for (const [t, id] of list.entries()) {
        tokens[at] = BigInt(id);
        segments[at] = BigInt(k + 1);
        positions[at] = BigInt(start + t);
        at++;
      }
      // Given tokens of this and the users before stand among the rows as well.
      embeddingIndex[b * ids.length + k] = BigInt(at - 1 + (b + 1) * givenTokens);
    }
  }
  return {
    [queryInputNames.tokens]: feed(tokens, [batch, length]),
    [queryInputNames.segments]: feed(segments, [batch, length]),
    [queryInputNames.positions]: feed(positions, [batch, length]),
    [queryInputNames.embeddingIndex]: feed(embeddingIndex, [embeddingIndex.length]),
  };
}

/** No queries, `<|user_emb|>` neither. */
export const noQueries = (batch: number): Record<string, TensorData> => ({
  [queryInputNames.tokens]: noTokens(batch),
  [queryInputNames.segments]: noTokens(batch),
  [queryInputNames.positions]: noTokens(batch),
  [queryInputNames.embeddingIndex]: feed(new BigInt64Array(), [0]),
});

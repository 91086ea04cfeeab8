import type { TensorData } from '@q-anchor/graph';

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
 * @param options - prefix lengths by user, the id of `<|user_emb|>`, and whether the decoder's
 *   hidden states start with the (padded) prefix or hold the queries alone
 */
export function collateQueries(
  queries: readonly (readonly number[])[],
  options: {
    readonly prefixLengths: readonly number[];
    readonly userEmbeddingId: number;
    readonly isJoined: boolean;
  },
): Record<string, TensorData> {
  const { prefixLengths, userEmbeddingId, isJoined } = options;
  const batch = prefixLengths.length;
  const ids = queries.map((query) => [...query, userEmbeddingId]);
  const length = ids.reduce((sum, list) => sum + list.length, 0);
  const offset = isJoined ? Math.max(...prefixLengths) : 0;
  const tokens = new BigInt64Array(batch * length);
  const segments = new BigInt64Array(batch * length);
  const positions = new BigInt64Array(batch * length);
  const embeddingIndex = new BigInt64Array(batch * ids.length);
  for (const [b, start] of prefixLengths.entries()) {
    let at = b * length;
    for (const [k, list] of ids.entries()) {
      for (const [t, id] of list.entries()) {
        tokens[at] = BigInt(id);
        segments[at] = BigInt(k + 1);
        positions[at] = BigInt(start + t);
        at++;
      }
      const column = offset + at - 1 - b * length;
      embeddingIndex[b * ids.length + k] = BigInt(b * (offset + length) + column);
    }
  }
  return {
    [queryInputNames.tokens]: feed(tokens, [batch, length]),
    [queryInputNames.segments]: feed(segments, [batch, length]),
    [queryInputNames.positions]: feed(positions, [batch, length]),
    [queryInputNames.embeddingIndex]: feed(embeddingIndex, [embeddingIndex.length]),
  };
}

import type { TensorData } from '@q-anchor/graph';

/** Texts as bags over their distinct tokens. */
export interface TokenBags {
  /** Ids of the distinct tokens, in order of appearance, `int64 [tokens]`; at least one. */
  readonly tokens: TensorData;
  /** Weight of each token in each text, `[texts, tokens]` row after row. */
  readonly weights: Float32Array;
}

/**
 * Texts as bags of tokens: `weights[i, j]` is the share of token j in text i, so that the product
 * with the tokens' embeddings is the mean embedding of each text's tokens. A text without tokens
 * has a row of zeros.
 *
 * @param texts - token ids of each text
 */
export function tokenBags(texts: readonly (readonly number[])[]): TokenBags {
  const column = new Map<number, number>();
  for (const ids of texts) {
    for (const id of ids) if (!column.has(id)) column.set(id, column.size);
  }
  // Without any token there still has to be a column.
  const tokens = column.size > 0 ? [...column.keys()] : [0];
  const weights = new Float32Array(texts.length * tokens.length);
  for (const [row, ids] of texts.entries()) {
    for (const id of ids) weights[row * tokens.length + column.get(id)!]! += 1 / ids.length;
  }
  return {
    tokens: { dtype: 'int64', shape: [tokens.length], data: BigInt64Array.from(tokens, BigInt) },
    weights,
  };
}

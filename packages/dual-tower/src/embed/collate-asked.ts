import type { TensorData } from '@q-anchor/graph';

import { queryInputNames } from './collate-queries.js';
import type { GivenTokens } from './given-tokens.js';

/** A query as tokens, behind soft prompts or none. */
export interface AskedIds {
  /** Token ids of its text; none for the empty query. */
  readonly ids: readonly number[];
  /** Soft prompts before it, float32 `[prompts, D]`. */
  readonly prompts?: TensorData | undefined;
}

const promptsOf = ({ prompts }: AskedIds): number => prompts?.shape[0] ?? 0;

/** Tokens of the longest sum over a user's queries. */
const longest = (
  asked: readonly (readonly AskedIds[])[],
  tokens: (one: AskedIds) => number,
): number => Math.max(...asked.map((own) => own.reduce((sum, one) => sum + tokens(one), 0)));

const int64 = (data: BigInt64Array, ...shape: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape,
  data,
});

/**
 * Each user's own queries packed behind its prefix, each with its soft prompts and `<|user_emb|>` in a
 * segment of its own. All prompts of a user come first, then all queries; users with fewer are padded.
 *
 * @param asked - queries by user
 * @param options - tokens of each user's prefix, the id of `<|user_emb|>`, the decoder's width
 */
export function collateAsked(
  asked: readonly (readonly AskedIds[])[],
  options: {
    readonly prefixLengths: readonly number[];
    readonly userEmbeddingId: number;
    readonly width: number;
  },
): { readonly queries: Readonly<Record<string, TensorData>>; readonly given: GivenTokens } {
  const { prefixLengths, userEmbeddingId, width } = options;
  const batch = asked.length;
  const givenLength = longest(asked, promptsOf);
  const length = longest(asked, ({ ids }) => ids.length + 1);
  const block = (count: number) => ({
    segments: new BigInt64Array(batch * count).fill(-1n),
    positions: new BigInt64Array(batch * count),
  });
  const given = block(givenLength);
  const suffix = block(length);
  const embeddings = new Float32Array(batch * givenLength * width);
  const tokens = new BigInt64Array(batch * length);
  const embeddingIndex: number[] = [];
  for (const [b, own] of asked.entries()) {
    let promptAt = b * givenLength;
    let at = b * length;
    for (const [k, one] of own.entries()) {
      const segment = BigInt(k + 1);
      const prompts = promptsOf(one);
      if (one.prompts) embeddings.set(one.prompts.data as Float32Array, promptAt * width);
      for (let t = 0; t < prompts; t++, promptAt++) {
        given.segments[promptAt] = segment;
        given.positions[promptAt] = BigInt(prefixLengths[b]! + t);
      }
      for (const [t, id] of [...one.ids, userEmbeddingId].entries()) {
        tokens[at] = BigInt(id);
        suffix.segments[at] = segment;
        suffix.positions[at] = BigInt(prefixLengths[b]! + prompts + t);
        at++;
      }
      // Given tokens of this and the users before stand among the rows as well.
      embeddingIndex.push(at - 1 + (b + 1) * givenLength);
    }
  }
  return {
    queries: {
      [queryInputNames.tokens]: int64(tokens, batch, length),
      [queryInputNames.segments]: int64(suffix.segments, batch, length),
      [queryInputNames.positions]: int64(suffix.positions, batch, length),
      [queryInputNames.embeddingIndex]: int64(
        BigInt64Array.from(embeddingIndex, BigInt),
        embeddingIndex.length,
      ),
    },
    given: {
      embeddings: { dtype: 'float32', shape: [batch, givenLength, width], data: embeddings },
      layout: {
        segments: int64(given.segments, batch, givenLength),
        positions: int64(given.positions, batch, givenLength),
      },
    },
  };
}

import type { QueryAnswer } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { defaultMaxQueryTokens } from '../model/query-tokens.js';
import { packedRows } from './packed-rows.js';

/** Names of the graph inputs a batch of pairs feeds. */
export const pairInputNames = {
  tokens: 'pairs.tokens',
  segments: 'pairs.segments',
  positions: 'pairs.positions',
  embeddingIndex: 'pairs.embeddingIndex',
  answerTokens: 'answers.tokens',
  answerSegments: 'answers.segments',
  answerPositions: 'answers.positions',
  answerLast: 'answers.last',
  answerGroups: 'answers.groups',
  targetIndex: 'targets.index',
  targetLabels: 'targets.labels',
  targetWeights: 'targets.weights',
} as const;

/** What {@link collatePairs} is given beside the pairs. */
export interface CollatePairsOptions {
  /** Token ids of a text. */
  readonly encode: (text: string) => readonly number[];
  /** Id of `<|user_emb|>`. */
  readonly userEmbeddingId: number;
  /** Id of the end-of-text token. */
  readonly endId: number;
  /** Length of each user's prefix, padding not counted. */
  readonly prefixLengths: readonly number[];
  /** Tokens kept of a query. Default 48. */
  readonly maxQueryTokens?: number;
  /** Tokens kept of an answer. Default 200. */
  readonly maxAnswerTokens?: number;
  /** Next-token loss of an answer: mean over its tokens, or their sum. Default `mean`. */
  readonly nextTokenReduction?: 'mean' | 'sum';
}

interface Suffix {
  readonly query: readonly number[];
  readonly answer: readonly number[];
}

const int64 = (shape: readonly number[], values: BigInt64Array): TensorData => ({
  dtype: 'int64',
  shape,
  data: values,
});

/**
 * Query-answer pairs as graph inputs, all pairs of a user packed behind one prefix.
 *
 * A suffix is `query <|user_emb|> answer`; it is segment k of its user and its positions start
 * where the prefix ends. Next-token targets are the answer and the end token, predicted from
 * `<|user_emb|>` on. Answers stand once more alone, each followed by the end token, packed into
 * rows, for the semantic tower.
 *
 * @param pairs - pairs by user; every user has at least one
 * @param options - tokenizer, prefix lengths, caps
 */
export function collatePairs(
  pairs: readonly (readonly QueryAnswer[])[],
  options: CollatePairsOptions,
): Record<string, TensorData> {
  const { encode, maxQueryTokens = defaultMaxQueryTokens, maxAnswerTokens = 200 } = options;
  const suffixes = pairs.map((list) =>
    list.map(({ query, answer }): Suffix => ({
      query: encode(query).slice(0, maxQueryTokens),
      answer: encode(answer).slice(0, maxAnswerTokens),
    })),
  );
  const groups = new Map<string, number>();
  const groupOf = (text: string): number => {
    if (!groups.has(text)) groups.set(text, groups.size);
    return groups.get(text)!;
  };
  const answerGroups = pairs.flatMap((list) => list.map(({ answer }) => groupOf(answer)));
  return {
    ...anchorFeeds(suffixes, options),
    ...answerFeeds(suffixes.flat(), options),
    [pairInputNames.answerGroups]: int64(
      [answerGroups.length],
      BigInt64Array.from(answerGroups, BigInt),
    ),
  };
}

/** Anchor tower: packed suffixes, where the embeddings are, and the next-token targets. */
function anchorFeeds(
  suffixes: readonly (readonly Suffix[])[],
  options: CollatePairsOptions,
): Record<string, TensorData> {
  const { prefixLengths, userEmbeddingId, endId, nextTokenReduction = 'mean' } = options;
  const prefix = Math.max(...prefixLengths);
  const lengthOf = ({ query, answer }: Suffix): number => query.length + 1 + answer.length;
  const longest = Math.max(
    ...suffixes.map((list) => list.reduce((sum, suffix) => sum + lengthOf(suffix), 0)),
  );
  const shape = [suffixes.length, longest];
  const tokens = new BigInt64Array(suffixes.length * longest);
  const segments = new BigInt64Array(tokens.length).fill(-1n);
  const positions = new BigInt64Array(tokens.length);
  const embeddingIndex: number[] = [];
  const targets: { readonly index: number; readonly label: number; readonly weight: number }[] = [];
  const pairCount = suffixes.reduce((sum, list) => sum + list.length, 0);

  for (const [b, list] of suffixes.entries()) {
    let column = 0;
    for (const [k, { query, answer }] of list.entries()) {
      const ids = [...query, userEmbeddingId, ...answer];
      for (const [offset, id] of ids.entries()) {
        const at = b * longest + column + offset;
        tokens[at] = BigInt(id);
        segments[at] = BigInt(k + 1);
        positions[at] = BigInt(prefixLengths[b]! + offset);
      }
      // Index into the joined sequence [batch * (prefix + suffix)].
      const embedding = b * (prefix + longest) + prefix + column + query.length;
      embeddingIndex.push(embedding);
      const labels = [...answer, endId];
      const share = nextTokenReduction === 'mean' ? 1 / labels.length : 1;
      for (const [offset, label] of labels.entries()) {
        targets.push({ index: embedding + offset, label, weight: share / pairCount });
      }
      column += ids.length;
    }
  }
  return {
    [pairInputNames.tokens]: int64(shape, tokens),
    [pairInputNames.segments]: int64(shape, segments),
    [pairInputNames.positions]: int64(shape, positions),
    [pairInputNames.embeddingIndex]: int64(
      [embeddingIndex.length],
      BigInt64Array.from(embeddingIndex, BigInt),
    ),
    [pairInputNames.targetIndex]: int64(
      [targets.length],
      BigInt64Array.from(targets, (t) => BigInt(t.index)),
    ),
    [pairInputNames.targetLabels]: int64(
      [targets.length],
      BigInt64Array.from(targets, (t) => BigInt(t.label)),
    ),
    [pairInputNames.targetWeights]: {
      dtype: 'float32',
      shape: [targets.length],
      data: Float32Array.from(targets, (t) => t.weight),
    },
  };
}

/** Rows of the semantic tower are at least this long, so that several short answers share one. */
const minAnswerRow = 64;

/**
 * Semantic tower: answers alone, the end token last, several to a row where they fit; each is a
 * segment of its own, with positions from 0, and sees nothing of its neighbours.
 */
function answerFeeds(
  suffixes: readonly Suffix[],
  { endId }: CollatePairsOptions,
): Record<string, TensorData> {
  const answers = suffixes.map(({ answer }) => [...answer, endId]);
  const capacity = Math.max(minAnswerRow, ...answers.map((ids) => ids.length));
  const { rows, places } = packedRows(
    answers.map((ids) => ids.length),
    capacity,
  );
  const longest = Math.max(...rows.map((row) => row.length));
  const shape = [rows.length, longest];
  const tokens = new BigInt64Array(rows.length * longest);
  const segments = new BigInt64Array(tokens.length).fill(-1n);
  const positions = new BigInt64Array(tokens.length);
  const last = new BigInt64Array(answers.length);
  for (const [i, ids] of answers.entries()) {
    const { row, start, segment } = places[i]!;
    for (const [t, id] of ids.entries()) {
      const at = row * longest + start + t;
      tokens[at] = BigInt(id);
      segments[at] = BigInt(segment);
      positions[at] = BigInt(t);
    }
    last[i] = BigInt(row * longest + start + ids.length - 1);
  }
  return {
    [pairInputNames.answerTokens]: int64(shape, tokens),
    [pairInputNames.answerSegments]: int64(shape, segments),
    [pairInputNames.answerPositions]: int64(shape, positions),
    [pairInputNames.answerLast]: int64([answers.length], last),
  };
}

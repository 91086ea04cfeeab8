import { checkPositions, queryTokenIds, type DualTowerConfig } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { userEmbeddingToken, type TextTokenizer } from '@q-anchor/user-tokens';

import { promptedInputNames } from './prompted-input-names.js';

/** What {@link collatePrompted} is given. */
export interface CollatePromptedOptions {
  /** The model's configuration. */
  readonly config: DualTowerConfig;
  /** Its tokenizer. */
  readonly tokenizer: TextTokenizer;
  /** Soft prompts before each question. */
  readonly promptTokens: number;
  /** Tokens of each user's prefix. */
  readonly prefixLengths: readonly number[];
  /** Tokens that stand before a user's questions in its row, padding counted. Default 0. */
  readonly tokensBefore?: number;
}

/**
 * The same questions behind soft prompts for a batch of users, as graph inputs. Each is a segment of its
 * own, `prompts, question, <|user_emb|>`, whose positions go on where the user's prefix ends, so that none
 * sees another.
 *
 * @param queries - their texts, at least one; an empty one asks nothing
 * @param options - model, tokenizer, number of prompts, tokens of each user's prefix
 * @throws {@link @q-anchor/core#InputError} if a question has more tokens than those of training, or
 * a sequence more than the decoder has positions
 */
export function collatePrompted(
  queries: readonly string[],
  options: CollatePromptedOptions,
): Record<string, TensorData> {
  const { config, tokenizer, promptTokens, prefixLengths, tokensBefore = 0 } = options;
  const end = tokenizer.specialId(userEmbeddingToken);
  const ids = queryTokenIds(queries, { config, tokenizer }).map((own) => [...own, end]);
  const lengths = ids.map((own) => promptTokens + own.length);
  checkPositions(Math.max(...prefixLengths) + Math.max(...lengths), config.decoder);
  const batch = prefixLengths.length;
  const rows: number[] = [];
  const segments: number[] = [];
  const offsets: number[] = [];
  const ends: number[] = [];
  // Prompts are the first rows of the table that the tower makes, tokens the others.
  let next = promptTokens;
  for (const [k, length] of lengths.entries()) {
    for (let t = 0; t < length; t++) {
      rows.push(t < promptTokens ? t : next++);
      segments.push(k + 1);
      offsets.push(t);
    }
    ends.push(rows.length - 1);
  }
  const { length } = rows;
  const stride = tokensBefore + length;
  return {
    [promptedInputNames.tokens]: int64([ids.flat().length], ids.flat()),
    [promptedInputNames.rows]: int64([length], rows),
    [promptedInputNames.segments]: int64(
      [batch, length],
      prefixLengths.flatMap(() => segments),
    ),
    [promptedInputNames.positions]: int64(
      [batch, length],
      prefixLengths.flatMap((start) => offsets.map((offset) => start + offset)),
    ),
    [promptedInputNames.embeddingIndex]: int64(
      [batch, ends.length],
      prefixLengths.flatMap((_, b) => ends.map((at) => b * stride + tokensBefore + at)),
    ),
  };
}

const int64 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(values, BigInt),
});

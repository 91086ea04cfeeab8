import { checkPositions, queryTokenIds, type DualTowerConfig } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { userEmbeddingToken, type TextTokenizer } from '@q-anchor/user-tokens';

import { promptedInputNames } from './prompted-tower.js';

/**
 * One query behind soft prompts, for a batch of users, as graph inputs: positions go on where each
 * user's prefix ends, `promptTokens` of them for the prompts.
 *
 * @param query - its text; an empty one asks nothing
 * @param options - model, tokenizer, number of prompts, tokens of each user's prefix
 * @throws {@link @q-anchor/core#InputError} if the query has more tokens than those of training, or
 * a sequence more than the decoder has positions
 */
export function collatePrompted(
  query: string,
  options: {
    readonly config: DualTowerConfig;
    readonly tokenizer: TextTokenizer;
    readonly promptTokens: number;
    readonly prefixLengths: readonly number[];
  },
): Record<string, TensorData> {
  const { config, tokenizer, promptTokens, prefixLengths } = options;
  const [ids] = queryTokenIds([query], { config, tokenizer });
  const tokens = [...ids!, tokenizer.specialId(userEmbeddingToken)];
  const batch = prefixLengths.length;
  const length = promptTokens + tokens.length;
  checkPositions(Math.max(...prefixLengths) + length, config.decoder);
  return {
    [promptedInputNames.tokens]: feed([tokens.length], (i) => tokens[i]!),
    [promptedInputNames.segments]: feed([batch, length], () => 1),
    [promptedInputNames.positions]: feed(
      [batch, length],
      (i) => prefixLengths[Math.floor(i / length)]! + (i % length),
    ),
    [promptedInputNames.embeddingIndex]: feed([batch], (b) => (b + 1) * length - 1),
  };
}

function feed(shape: readonly number[], valueAt: (index: number) => number): TensorData {
  const data = new BigInt64Array(shape.reduce((size, extent) => size * extent, 1));
  for (let i = 0; i < data.length; i++) data[i] = BigInt(valueAt(i));
  return { dtype: 'int64', shape, data };
}

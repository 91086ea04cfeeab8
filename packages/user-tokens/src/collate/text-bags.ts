import type { UserEvent } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { UserTokensConfig } from '../config.js';
import { userInputNames } from '../encoder/inputs.js';
import type { TextTokenizer } from './collate-users.js';
import { tokenBags } from './token-bags.js';

/**
 * Event texts as {@link tokenBags} over the batch's distinct tokens.
 *
 * @param kept - events by user and modality
 * @param options - configuration (caps of tokens) and tokenizer
 */
export function textBags(
  kept: readonly (readonly (readonly UserEvent[])[])[],
  options: { readonly config: UserTokensConfig; readonly tokenizer: TextTokenizer },
): Record<string, TensorData> {
  const { config, tokenizer } = options;
  // A modality without events has one row nobody points at: a text without tokens.
  const texts = config.modalities.map(({ maxTokens }, m) => {
    const events = kept.flatMap((modalities) => modalities[m]!);
    if (events.length === 0) return [[]];
    return events.map(({ text }) => tokenizer.encode(text).slice(0, maxTokens));
  });
  const { tokens, weights } = tokenBags(texts.flat());
  const columns = tokens.shape[0]!;
  const feeds: Record<string, TensorData> = { [userInputNames.bagTokens]: tokens };
  let start = 0;
  for (const [m, { name }] of config.modalities.entries()) {
    const rows = texts[m]!.length;
    feeds[userInputNames.bag(name)] = {
      dtype: 'float32',
      shape: [rows, columns],
      data: weights.subarray(start * columns, (start + rows) * columns),
    };
    start += rows;
  }
  return feeds;
}

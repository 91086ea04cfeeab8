import type { UserEvent } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import type { UserTokensConfig } from '../config.js';
import { userInputNames } from '../encoder/inputs.js';
import type { TextTokenizer } from './collate-users.js';

/**
 * Event texts as bags over the batch's distinct tokens: row weights `1 / length` per token, so that
 * the product with the tokens' embeddings is the mean embedding of the text.
 *
 * @param kept - events by user and modality
 * @param options - configuration (caps of tokens) and tokenizer
 */
export function textBags(
  kept: readonly (readonly (readonly UserEvent[])[])[],
  options: { readonly config: UserTokensConfig; readonly tokenizer: TextTokenizer },
): Record<string, TensorData> {
  const { config, tokenizer } = options;
  const column = new Map<number, number>();
  const texts = config.modalities.map(({ maxTokens }, m) =>
    kept.flatMap((modalities) =>
      modalities[m]!.map(({ text }) => {
        const ids = tokenizer.encode(text).slice(0, maxTokens);
        for (const id of ids) if (!column.has(id)) column.set(id, column.size);
        return ids;
      }),
    ),
  );
  const tokens = [...column.keys()];
  // A batch without any text still needs one column.
  const columns = Math.max(1, tokens.length);
  const feeds: Record<string, TensorData> = {
    [userInputNames.bagTokens]: {
      dtype: 'int64',
      shape: [columns],
      data: BigInt64Array.from({ length: columns }, (_, i) => BigInt(tokens[i] ?? 0)),
    },
  };
  for (const [m, { name }] of config.modalities.entries()) {
    const rows = Math.max(1, texts[m]!.length);
    const bag = new Float32Array(rows * columns);
    for (const [row, ids] of texts[m]!.entries()) {
      for (const id of ids) bag[row * columns + column.get(id)!]! += 1 / ids.length;
    }
    feeds[userInputNames.bag(name)] = { dtype: 'float32', shape: [rows, columns], data: bag };
  }
  return feeds;
}

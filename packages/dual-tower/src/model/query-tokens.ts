import { InputError } from '@q-anchor/core';
import type { TextTokenizer } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from './config.js';

/** Tokens of a query at most, where a model does not say. */
export const defaultMaxQueryTokens = 48;

/**
 * Token ids of queries. A longer one than training had would be read at positions and in a length
 * that the model has never seen; cutting it would answer another question.
 *
 * @param queries - their texts
 * @param options - the model and its tokenizer
 * @throws {@link InputError} if one is longer than `maxQueryTokens`
 */
export function queryTokenIds(
  queries: readonly string[],
  {
    config,
    tokenizer,
  }: { readonly config: DualTowerConfig; readonly tokenizer: Pick<TextTokenizer, 'encode'> },
): number[][] {
  const { maxQueryTokens = defaultMaxQueryTokens } = config;
  return queries.map((query) => {
    const ids = tokenizer.encode(query);
    if (ids.length <= maxQueryTokens) return [...ids];
    const shown = query.length > 60 ? `${query.slice(0, 57)}...` : query;
    throw new InputError({
      where: `query "${shown}"`,
      expected: `at most ${maxQueryTokens} tokens, the longest that the model was trained with`,
      found: `${ids.length}`,
      fix: 'Shorten it, or train with a higher limit',
    });
  });
}

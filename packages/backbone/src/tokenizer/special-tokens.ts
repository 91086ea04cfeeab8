import { InputError } from '@q-anchor/core';

import { createTokenizer, type Tokenizer } from './create-tokenizer.js';
import type { AddedToken } from './tokenizer-json.js';

/** A special token as `tokenizer.json` writes it. */
export const addedToken = (content: string, id: number): AddedToken => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/**
 * A tokenizer with further special tokens, their ids after the existing ones in the given order. A
 * token that is special already keeps its id; the ids of texts do not change.
 *
 * @param tokenizer - stays as it is
 * @param tokens - e.g. `['<|user_emb|>', '<|bill_start|>', '<|bill_end|>']`
 * @throws {@link @q-anchor/core#InputError} if a token is empty or an ordinary token of the vocabulary
 */
export function withSpecialTokens(tokenizer: Tokenizer, tokens: readonly string[]): Tokenizer {
  const json = tokenizer.toJson();
  const known = new Set(tokenizer.specialTokens);
  const fresh = [...new Set(tokens)].filter((token) => !known.has(token));
  for (const token of fresh) {
    if (token === '' || Object.hasOwn(json.model.vocab, token)) {
      throw new InputError({
        where: 'withSpecialTokens',
        expected: 'texts that are not tokens of the vocabulary already',
        found: JSON.stringify(token),
        fix: 'Take a form that no text is cut into, such as <|name|>',
      });
    }
  }
  const added = fresh.map((token, i) => addedToken(token, tokenizer.vocabularySize + i));
  return createTokenizer({ ...json, added_tokens: [...json.added_tokens, ...added] });
}

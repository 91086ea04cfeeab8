import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '@q-anchor/core';

import { byteAlphabet } from './byte-alphabet.js';
import { mergeHalves } from './check-vocabulary.js';
import type { TokenizerJson } from './tokenizer-json.js';

/** What is used of the library's tokenizer; its own type declarations do not resolve from ESM. */
export interface PlainRuntime {
  /** Ids of a text that is not empty. */
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: number[] };
  /** The text of at least one id. */
  decode(ids: readonly number[], options: { clean_up_tokenization_spaces: boolean }): string;
}

/**
 * The library's tokenizer without the added tokens: it would look for their texts in every input and
 * put their ids there, so that anyone's text could forge a control token.
 *
 * @param content - a checked tokenizer
 * @param where - the file or place it comes from, for messages
 * @throws {@link @q-anchor/core#InputError} if the library does not know a part of it
 */
export function createPlainRuntime(content: TokenizerJson, where: string): PlainRuntime {
  const spelled = spelledTokens(content);
  const outside = new Set(
    content.added_tokens.map((token) => token.content).filter((token) => !spelled.has(token)),
  );
  const vocab = Object.fromEntries(
    Object.entries(content.model.vocab).filter(([token]) => !outside.has(token)),
  );
  try {
    return new HuggingFaceTokenizer(
      { ...content, added_tokens: [], post_processor: null, model: { ...content.model, vocab } },
      {},
    );
  } catch (error) {
    throw new InputError(
      {
        where,
        expected: 'a normalizer, pre-tokenizer and decoder that the tokenizer runtime knows',
        found: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
}

/** Tokens that stay with the model although they may be listed as added. */
function spelledTokens({ model }: TokenizerJson): ReadonlySet<string> {
  if (model.type === 'WordPiece') return new Set([model.unk_token]);
  const spelled = new Set(byteAlphabet);
  for (const merge of model.merges) spelled.add(mergeHalves(merge).join(''));
  return spelled;
}

import { InputError, digestOf, type Digestible } from '@q-anchor/core';

import { createEncodeCache } from './encode-cache.js';
import { parseTokenizerJson } from './parse-tokenizer-json.js';
import { createPlainRuntime } from './plain-runtime.js';
import type { TokenizerJson } from './tokenizer-json.js';

/** Texts to token ids and back. */
export interface Tokenizer {
  /** One more than the largest id, special tokens included. */
  readonly vocabularySize: number;
  /** The texts of all tokens outside the merges, by id. */
  readonly specialTokens: readonly string[];
  /** SHA-256 of everything that decides the ids. */
  readonly digest: string;
  /**
   * The ids of a plain text. Special tokens never come out of a text: one that contains
   * `<|im_start|>` literally is encoded as those twelve characters. The one exception is WordPiece's
   * token for unknown words.
   */
  encode(text: string): number[];
  /**
   * The text of some ids; special tokens are written out. For byte-level BPE `decode(encode(x))` is
   * `x`, up to the tokenizer's own normalizer (Qwen2's files ask for NFC; trained ones have none).
   * WordPiece loses case, spaces and unknown words, as it must.
   *
   * @throws {@link @q-anchor/core#InputError} if an id is not in the vocabulary
   */
  decode(ids: readonly number[]): string;
  /**
   * The id of a special token.
   *
   * @throws {@link @q-anchor/core#InputError} if there is no such special token
   */
  specialId(token: string): number;
  /** The content of its `tokenizer.json`. */
  toJson(): TokenizerJson;
}

/** Settings of {@link createTokenizer}. */
export interface CreateTokenizerOptions {
  /** Where the JSON comes from, for messages; `'tokenizer.json'` by default. */
  readonly where?: string;
  /** How many texts' ids are remembered; 8192 by default, 0 for none. */
  readonly cachedTexts?: number;
}

/**
 * A tokenizer from the content of a `tokenizer.json`: byte-level BPE (GPT-2, Qwen2, Qwen3, ours) or
 * WordPiece (BERT).
 *
 * @param json - the parsed file
 * @throws {@link @q-anchor/core#InputError} if it is not one, or needs a part that is not supported
 */
export function createTokenizer(json: unknown, options: CreateTokenizerOptions = {}): Tokenizer {
  const { where = 'tokenizer.json', cachedTexts = 8192 } = options;
  const content = parseTokenizerJson(json, where);
  const runtime = createPlainRuntime(content, where);
  const added = content.added_tokens.toSorted((a, b) => a.id - b.id);
  const addedIds = new Map(added.map((token) => [token.content, token.id]));
  const addedTexts = new Map(added.map((token) => [token.id, token.content]));
  const plainIds = new Set(Object.values(content.model.vocab));
  const vocabularySize = [...plainIds, ...addedTexts.keys()].reduce((a, b) => Math.max(a, b)) + 1;
  /** Words of WordPiece stand apart; byte-level tokens carry their own spaces. */
  const separator = content.model.type === 'WordPiece' ? ' ' : '';
  const cache = createEncodeCache(cachedTexts);
  let digest: string | undefined;

  const encodePlain = (text: string): number[] =>
    text === '' ? [] : runtime.encode(text, { add_special_tokens: false }).ids;

  return {
    vocabularySize,
    specialTokens: added.map((token) => token.content),
    get digest() {
      return (digest ??= digestOf(content as unknown as Digestible));
    },
    encode: (text) => cache.get(text, encodePlain),
    decode(ids) {
      const parts: string[] = [];
      let run: number[] = [];
      const flush = (): void => {
        if (run.length === 0) return;
        parts.push(runtime.decode(run, { clean_up_tokenization_spaces: false }));
        run = [];
      };
      for (const id of ids) {
        const special = addedTexts.get(id);
        if (special !== undefined) {
          flush();
          parts.push(special);
        } else if (plainIds.has(id)) {
          run.push(id);
        } else {
          throw new InputError({
            where: 'decode',
            expected: `ids of the vocabulary, 0 to ${vocabularySize - 1}`,
            found: `${id}`,
          });
        }
      }
      flush();
      return parts.join(separator);
    },
    specialId(token) {
      const id = addedIds.get(token);
      if (id === undefined) {
        throw new InputError({
          where: `special token ${token}`,
          expected: 'a special token of the tokenizer',
          found: addedIds.size === 0 ? 'none at all' : `only ${[...addedIds.keys()].join(' ')}`,
          fix: 'Add it with withSpecialTokens',
        });
      }
      return id;
    },
    toJson: () => content,
  };
}

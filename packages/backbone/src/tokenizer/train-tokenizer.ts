import { InputError } from '@q-anchor/core';

import { byteAlphabet } from './byte-alphabet.js';
import { createTokenizer, type Tokenizer } from './create-tokenizer.js';
import { learnMerges } from './learn-merges.js';
import { addedToken } from './special-tokens.js';

/** Settings of {@link trainTokenizer}. */
export interface TrainTokenizerOptions {
  /** What to learn from; special tokens' texts in it are plain text. */
  readonly texts: Iterable<string>;
  /**
   * At most this many ids: 256 bytes, the merges, the special tokens. Fewer where the texts do not
   * hold as many frequent pairs.
   */
  readonly vocabularySize: number;
  /** Tokens that no text produces; their ids follow the merges', in this order. */
  readonly specialTokens: readonly string[];
  /** A pair that occurs less often is not merged. 2 by default. */
  readonly minFrequency?: number;
}

/**
 * How Qwen2 cuts a text before its merges: contractions, words with the one character before them,
 * single digits, runs of signs, line ends, spaces. The contractions' letters are spelled in both
 * cases, since engines differ in what a case-insensitive group folds.
 */
const pattern =
  "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]" +
  '|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*' +
  '|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** The same in JavaScript, whose own `\s` has U+FEFF too many and U+0085 too few. */
const wordPattern = new RegExp(
  pattern.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'),
  'gu',
);

/**
 * Trains a byte-level BPE tokenizer (Sennrich et al. 2016; byte alphabet of GPT-2, pre-tokens of
 * Qwen2). The same texts in any order give the same tokenizer, byte for byte.
 *
 * @throws {@link @q-anchor/core#InputError} if the size does not hold the bytes and special tokens, or
 * a special token is empty, given twice, or a single character of the byte alphabet
 * @example
 * ```ts
 * const tokenizer = trainTokenizer({
 *   texts: ['paid the rent', 'paid the bill'],
 *   vocabularySize: 300,
 *   specialTokens: ['<|user_emb|>'],
 * });
 * tokenizer.decode(tokenizer.encode('paid in 東京')); // 'paid in 東京'
 * ```
 */
export function trainTokenizer(options: TrainTokenizerOptions): Tokenizer {
  const { texts, vocabularySize, specialTokens, minFrequency = 2 } = options;
  const special = checkedSpecialTokens(specialTokens);
  const least = byteAlphabet.length + special.size;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least) {
    throw new InputError({
      where: 'trainTokenizer: vocabularySize',
      expected: `an integer of at least ${least} (256 bytes, ${special.size} special tokens)`,
      found: `${vocabularySize}`,
    });
  }
  if (!(minFrequency >= 1)) {
    throw new InputError({
      where: 'trainTokenizer: minFrequency',
      expected: 'a number of at least 1',
      found: `${minFrequency}`,
    });
  }
  const { tokens, merges } = learnMerges(countWords(texts), {
    tokenCount: vocabularySize - special.size,
    minFrequency,
    forbidden: special,
  });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false };
  return createTokenizer({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...special].map((content, i) => addedToken(content, tokens.length + i)),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { ...byteLevel, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.join(' ')),
    },
  });
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(wordPattern) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

function checkedSpecialTokens(specialTokens: readonly string[]): Set<string> {
  const special = new Set<string>();
  for (const token of specialTokens) {
    if (token === '' || special.has(token) || byteAlphabet.includes(token)) {
      throw new InputError({
        where: 'trainTokenizer: specialTokens',
        expected: 'distinct texts, none of them empty or one character of the byte alphabet',
        found: JSON.stringify(token),
      });
    }
    special.add(token);
  }
  return special;
}

import { trainTokenizer } from '@q-anchor/backbone';

import { mixedTexts } from './texts.js';
import type { TokenizerSet } from './tokenizer-set.js';

/** Control tokens, and those that are added without being special. */
const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const addedWords = ['<tool_call>', '</tool_call>'];

/** How Qwen cuts a text before its merges, as its own files spell it. */
const pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" +
  '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

const chatTemplate =
  "{%- if messages[0]['role'] == 'system' %}" +
  "{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}{%- endif %}" +
  "{%- for message in messages %}{%- if message['role'] != 'system' %}" +
  "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}" +
  '{%- endif %}{%- endfor %}' +
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

/**
 * A byte-level BPE tokenizer with its files in the form of Qwen's, trained on a small built-in text.
 *
 * @param rows - rows of the embedding table: there are at most so many ids
 * @throws {@link @q-anchor/core#InputError} if the rows do not hold the bytes and special tokens
 */
export function qwenTokenizer(rows: number): TokenizerSet {
  const trained = trainTokenizer({
    texts: mixedTexts,
    vocabularySize: rows - addedWords.length,
    specialTokens: special,
  });
  const json = trained.toJson();
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const words = addedWords.map((content, i) => ({
    id: trained.vocabularySize + i,
    content,
    special: false,
    ...flags,
  }));
  const added = [...json.added_tokens, ...words];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false };
  const [pad, , eos] = special as [string, string, string];
  const ids = { padId: trained.specialId(pad), eosId: trained.specialId(eos) };
  return {
    tokenizer: {
      ...json,
      added_tokens: added,
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
          { ...byteLevel, use_regex: false },
        ],
      },
      post_processor: { ...byteLevel, use_regex: false },
      decoder: { ...byteLevel, use_regex: false },
    },
    config: {
      add_bos_token: false,
      add_prefix_space: false,
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
      additional_special_tokens: special.slice(1),
      bos_token: null,
      chat_template: chatTemplate,
      clean_up_tokenization_spaces: false,
      eos_token: eos,
      errors: 'replace',
      model_max_length: 131_072,
      pad_token: pad,
      split_special_tokens: false,
      tokenizer_class: 'Qwen2Tokenizer',
      unk_token: null,
    },
    specialTokens: { additional_special_tokens: special.slice(1), eos_token: eos, pad_token: pad },
    ids,
  };
}

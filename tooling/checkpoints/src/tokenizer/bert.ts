import { InputError } from '@q-anchor/core';

import { mixedTexts } from './texts.js';
import type { TokenizerSet } from './tokenizer-set.js';

/** BERT's first ids: padding, 99 unused ones, then the other special tokens. */
const reserved = [
  '[PAD]',
  ...Array.from({ length: 99 }, (_, i) => `[unused${i}]`),
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
];
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** A special token in a template, of the first text. */
const marker = (id: string) => ({ SpecialToken: { id, type_id: 0 } });

/**
 * A WordPiece tokenizer with its files in the form of BERT's (uncased), its pieces taken from a small
 * built-in text: every character, inside a word as well, then the most frequent words and endings.
 *
 * @param rows - rows of the embedding table: there are at most so many ids
 * @throws {@link @q-anchor/core#InputError} if the rows do not hold the reserved tokens
 */
export function bertTokenizer(rows: number): TokenizerSet {
  if (rows < reserved.length) {
    throw new InputError({
      where: '--vocabulary',
      expected: `at least ${reserved.length}, BERT's reserved tokens`,
      found: `${rows}`,
    });
  }
  const tokens = [...reserved, ...pieces()].slice(0, rows);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const added = special.map((content) => ({
    id: vocab[content]!,
    content,
    special: true,
    ...flags,
  }));
  const named = {
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  };
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [marker('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, marker('[SEP]')],
        pair: [
          marker('[CLS]'),
          { Sequence: { id: 'A', type_id: 0 } },
          marker('[SEP]'),
          { Sequence: { id: 'B', type_id: 1 } },
          { SpecialToken: { id: '[SEP]', type_id: 1 } },
        ],
        special_tokens: Object.fromEntries(
          ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [vocab[id]!], tokens: [id] }]),
        ),
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    config: {
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
      clean_up_tokenization_spaces: true,
      do_lower_case: true,
      model_max_length: 512,
      strip_accents: null,
      tokenize_chinese_chars: true,
      tokenizer_class: 'BertTokenizer',
      ...named,
    },
    specialTokens: named,
    ids: { padId: vocab['[PAD]']!, eosId: undefined },
  };
}

/** Pieces in the order of their worth. */
function pieces(): string[] {
  const words = mixedTexts.flatMap(
    (text) =>
      text
        .toLowerCase()
        .normalize('NFD')
        .replaceAll(/\p{Mn}/gu, '')
        .match(/\p{Script=Han}|[\p{L}\p{N}]+|[^\s\p{L}\p{N}\p{C}]/gu) ?? [],
  );
  const characters = [...new Set(words.flatMap((word) => Array.from(word)))].toSorted();
  const whole = byFrequency(words);
  const endings = byFrequency(
    words.flatMap((word) => {
      const letters = Array.from(word);
      return letters.slice(1, -1).map((_, i) => `##${letters.slice(i + 1).join('')}`);
    }),
  );
  const inside = characters.map((character) => `##${character}`);
  return [...new Set([...characters, ...inside, ...whole, ...endings])];
}

function byFrequency(items: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([item]) => item);
}

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { beforeAll, describe, expect, test } from 'vitest';

import {
  createTokenizer,
  loadTokenizer,
  saveTokenizer,
  trainTokenizer,
  withSpecialTokens,
  type BytePairModel,
  type TokenizerJson,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { mixedTexts } from './mixed-texts.js';
import { createSlowEncoder } from './slow-tokenizer.js';

const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|user_emb|>', '</s>'];
const tokenizer = trainTokenizer({
  texts: mixedTexts(1500, 1),
  vocabularySize: 1800,
  specialTokens,
});
const json = tokenizer.toJson();
const slowEncode = createSlowEncoder(json);
/** A fresh copy that a test may spoil. */
const spoiled = (spoil: (copy: any) => void): unknown => {
  const copy = structuredClone(json);
  spoil(copy);
  return copy;
};
let directory = '';
beforeAll(async () => {
  directory = await temporaryFolder();
});

describe('encode and decode', () => {
  const texts = [
    ...mixedTexts(3000, 2),
    '',
    ' ',
    'a'.repeat(5000),
    '外'.repeat(2000),
    ' '.repeat(999),
  ];

  test('ids are those of a slow encoder', () => {
    for (const text of texts) expect(tokenizer.encode(text)).toEqual(slowEncode(text));
  });

  test('decoding gives the text back', () => {
    for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  test('the library reads the JSON and gives the same ids where no special token is spelled', () => {
    const library = new HuggingFaceTokenizer(JSON.parse(JSON.stringify(json)), {});
    let compared = 0;
    for (const text of texts) {
      if (specialTokens.some((token) => text.includes(token))) continue;
      compared++;
      expect(tokenizer.encode(text)).toEqual(library.encode(text).ids);
    }
    expect(compared).toBeGreaterThan(2000);
    expect(library.encode('<|user_emb|>').ids).toEqual([tokenizer.specialId('<|user_emb|>')]);
  });

  test('special tokens spelled in a text stay text', () => {
    const special = new Set(specialTokens.map((token) => tokenizer.specialId(token)));
    expect(special.size).toBe(4);
    for (const token of specialTokens) {
      for (const text of [token, ` ${token}`, `a${token}b`, token.repeat(3), `x\n${token}\n支付`]) {
        const ids = tokenizer.encode(text);
        expect(ids.some((id) => special.has(id))).toBe(false);
        expect(ids).toEqual(slowEncode(text));
        expect(tokenizer.decode(ids)).toBe(text);
      }
    }
  });

  test('special ids are written out, between texts that end inside a character', () => {
    const emb = tokenizer.specialId('<|user_emb|>');
    const ids = [...tokenizer.encode('a🙂'), emb, emb, ...tokenizer.encode('b')];
    expect(tokenizer.decode(ids)).toBe('a🙂<|user_emb|><|user_emb|>b');
    expect(tokenizer.decode([])).toBe('');
  });

  test('an id outside the vocabulary is an error', () => {
    for (const id of [-1, tokenizer.vocabularySize, 0.5, Number.NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(`found ${id}`);
    }
  });

  test('what a caller does with its ids does not reach the next caller', () => {
    const first = tokenizer.encode('paid the rent');
    const copy = [...first];
    first.fill(0);
    expect(tokenizer.encode('paid the rent')).toEqual(copy);
  });

  test('a cache of any size gives the same ids', () => {
    const [none, few] = [0, 2].map((cachedTexts) => createTokenizer(json, { cachedTexts }));
    const repeated = texts.slice(0, 40).flatMap((text, i) => [text, texts[i % 3]!, text]);
    for (const text of repeated) {
      expect(none!.encode(text)).toEqual(tokenizer.encode(text));
      expect(few!.encode(text)).toEqual(tokenizer.encode(text));
    }
  });
});

describe('files', () => {
  test('saved and loaded: the same ids and digest, by directory and by file', async () => {
    const saved = join(directory, 'saved');
    await saveTokenizer(tokenizer, saved);
    expect(await readdir(saved)).toEqual(['tokenizer.json']);
    for (const path of [saved, join(saved, 'tokenizer.json')]) {
      const loaded = await loadTokenizer(path);
      expect(loaded.digest).toBe(tokenizer.digest);
      expect(loaded.vocabularySize).toBe(tokenizer.vocabularySize);
      expect(loaded.specialTokens).toEqual(specialTokens);
      for (const text of mixedTexts(200, 3)) {
        expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
      }
    }
    const library = new HuggingFaceTokenizer(
      JSON.parse(await readFile(join(saved, 'tokenizer.json'), 'utf8')),
      {},
    );
    expect(library.encode('paid the rent').ids).toEqual(tokenizer.encode('paid the rent'));
  });

  test('another vocabulary, another digest', () => {
    const other = trainTokenizer({ texts: ['x x'], vocabularySize: 300, specialTokens });
    expect(other.digest).not.toBe(tokenizer.digest);
    expect(withSpecialTokens(tokenizer, ['<|x|>']).digest).not.toBe(tokenizer.digest);
  });

  test('missing file, directory without one, no JSON', async () => {
    const nowhere = join(directory, 'nowhere.json');
    await expect(loadTokenizer(nowhere)).rejects.toThrow(/nowhere\.json: .* found no file/);
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer\.json: .* found no file/);
    const broken = join(directory, 'broken.json');
    await writeFile(broken, '{"model":');
    await expect(loadTokenizer(broken)).rejects.toThrow(/broken\.json: expected JSON/);
  });

  test.each<[string, unknown, RegExp]>([
    ['an array', [], /t\.json/],
    ['no model', { ...json, model: undefined }, /t\.json: model/],
    [
      'Unigram',
      spoiled((c) => (c.model.type = 'Unigram')),
      /model: type: expected 'BPE' or 'WordPiece'.* found "Unigram"/,
    ],
    ['a text id', spoiled((c) => (c.model.vocab.a = '7')), /model: vocab: a: .* found "7"/],
    ['a lost byte', spoiled((c) => delete c.model.vocab.Ġ), /256 bytes, found 1 bytes without/],
    ['one id twice', spoiled((c) => (c.model.vocab.zzz = 5)), /one token per id, found id 5/],
    ['an unknown half', spoiled((c) => c.model.merges.push('a zzz')), /"zzz", unknown/],
    ['WordPiece decoder', spoiled((c) => (c.decoder.type = 'WordPiece')), /a ByteLevel decoder/],
    ['a taken id', spoiled((c) => (c.added_tokens[0].id = 3)), /one token per id, found id 3/],
    [
      'an unknown pre-tokenizer',
      spoiled((c) => (c.pre_tokenizer = { type: 'Magic' })),
      /pre-tokenizer and decoder .* Magic/,
    ],
    [
      'a special token that texts spell',
      spoiled((c) => {
        const token = c.model.merges[0].replace(' ', '');
        c.added_tokens.push({ id: c.model.vocab[token], content: token, special: true });
      }),
      /no text can spell/,
    ],
  ])('refuses %s', (_, content, message) => {
    const create = () => createTokenizer(content, { where: 't.json' });
    expect(create).toThrow(InputError);
    expect(create).toThrow(message);
  });
});

describe('other forms of the format', () => {
  const qwenPattern =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  /** As Qwen2 publishes it: NFC, tokens that are added but not special. */
  const qwen = spoiled((copy) => {
    copy.normalizer = { type: 'NFC' };
    copy.pre_tokenizer.pretokenizers[0].pattern.Regex = qwenPattern;
    copy.post_processor = { type: 'ByteLevel', add_prefix_space: false };
    copy.added_tokens.push({ id: 1800, content: '<tool_call>', special: false, normalized: false });
  }) as TokenizerJson;

  test("Qwen2's own form loads and gives the library's ids", () => {
    const loaded = createTokenizer(qwen);
    const library = new HuggingFaceTokenizer(qwen, {});
    for (const text of mixedTexts(500, 4)) {
      if (specialTokens.some((token) => text.includes(token))) continue;
      const ids = loaded.encode(text);
      expect(ids).toEqual(library.encode(text).ids);
      expect(loaded.decode(ids)).toBe(text.normalize('NFC'));
    }
    expect(loaded.vocabularySize).toBe(1801);
    expect(loaded.encode('<tool_call>')).not.toContain(1800);
    expect(loaded.specialId('<tool_call>')).toBe(1800);
  });

  test('merges as pairs, as newer files write them', () => {
    const paired = spoiled((copy) => {
      copy.model.merges = copy.model.merges.map((merge: string) => merge.split(' '));
    });
    expect(createTokenizer(paired).encode('paid 支付宝')).toEqual(tokenizer.encode('paid 支付宝'));
  });

  test('a special token that the vocabulary lists too, as GPT-2 does, is not spelled either', () => {
    const listed = createTokenizer(
      spoiled((copy) => {
        for (const { content, id } of copy.added_tokens) copy.model.vocab[content] = id;
        copy.model.ignore_merges = true;
        delete copy.model.type;
        delete copy.normalizer;
        copy.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
      }),
    );
    // One pre-token for the whole text, which `ignore_merges` would look up as it is.
    for (const token of specialTokens) {
      expect(listed.encode(token)).not.toContain(listed.specialId(token));
      expect(listed.decode(listed.encode(token))).toBe(token);
    }
  });
});

describe('special tokens', () => {
  test('follow the existing ids and leave texts alone', () => {
    const grown = withSpecialTokens(tokenizer, ['<|bill_start|>', '</s>', '<|bill_end|>']);
    const { vocabularySize } = tokenizer;
    expect(grown.vocabularySize).toBe(vocabularySize + 2);
    expect(grown.specialId('<|bill_start|>')).toBe(vocabularySize);
    expect(grown.specialId('<|bill_end|>')).toBe(vocabularySize + 1);
    expect(grown.specialId('</s>')).toBe(tokenizer.specialId('</s>'));
    expect(grown.encode('<|bill_start|> paid')).toEqual(tokenizer.encode('<|bill_start|> paid'));
    expect(tokenizer.specialTokens).toEqual(specialTokens);
    expect(() => tokenizer.specialId('<|bill_start|>')).toThrow(
      /<\|bill_start\|>: expected a special token of the tokenizer, found only <\|endoftext\|>/,
    );
  });

  test('ordinary tokens cannot become special', () => {
    const word = ((json.model as BytePairModel).merges[0] as string).replace(' ', '');
    expect(() => withSpecialTokens(tokenizer, [word])).toThrow(InputError);
    expect(() => withSpecialTokens(tokenizer, [''])).toThrow(InputError);
  });
});

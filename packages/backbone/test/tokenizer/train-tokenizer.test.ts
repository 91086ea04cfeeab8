import { describe, expect, test } from 'vitest';

import { trainTokenizer, type BytePairModel } from '@q-anchor/backbone';
import { InputError, createRandom } from '@q-anchor/core';

import { mixedTexts } from './mixed-texts.js';
import { slowMerges, slowWords } from './slow-tokenizer.js';

/** The example of Sennrich et al. 2016: each word as often as it occurs. */
const fourWords = (
  [
    ['low', 5],
    ['lower', 2],
    ['newest', 6],
    ['widest', 3],
  ] as const
).flatMap(([word, times]) => Array.from({ length: times }, () => word));

describe('training', () => {
  test('four words, worked by hand', () => {
    const tokenizer = trainTokenizer({
      texts: fourWords,
      vocabularySize: 1000,
      specialTokens: ['<|a|>', '<|b|>'],
    });
    // es and st both occur 9 times, and e comes before s; then lo before ow; ew, ne and w+est all 6.
    expect(tokenizer.toJson().model.merges).toEqual([
      'e s',
      'es t',
      'l o',
      'lo w',
      'e w',
      'n ew',
      'new est',
      'd est',
      'i dest',
      'w idest',
      'e r',
      'low er',
    ]);
    expect(tokenizer.vocabularySize).toBe(256 + 12 + 2);
    expect(tokenizer.specialId('<|a|>')).toBe(268);
    expect(tokenizer.specialId('<|b|>')).toBe(269);
    // '!' is the first of the byte alphabet, 'x' the 88th.
    expect(tokenizer.encode('lowest!x')).toEqual([259, 257, 0, 87]);
    expect(tokenizer.encode('lowerwidest')).toEqual([267, 265]);
  });

  test('stops at the frequency and at the size', () => {
    const merges = (vocabularySize: number, minFrequency: number) =>
      (
        trainTokenizer({
          texts: fourWords,
          vocabularySize,
          specialTokens: ['<s>'],
          minFrequency,
        }).toJson().model as BytePairModel
      ).merges.at(-1);
    expect(merges(1000, 3)).toBe('w idest');
    expect(merges(1000, 7)).toBe('lo w');
    expect(merges(1000, 7.5)).toBe('es t');
    expect(merges(256 + 5 + 1, 2)).toBe('e w');
    expect(merges(256 + 1, 2)).toBeUndefined();
  });

  test.each([1, 2, 3, 4])('gives the merges of a slow trainer, seed %i', (seed) => {
    const random = createRandom(seed);
    // Few letters, so that runs overlap and different pairs spell one token.
    const letters = ['a', 'a', 'b'].slice(0, 1 + (seed % 3)).concat('c', 'é');
    const words = Array.from({ length: 250 }, () =>
      Array.from({ length: 1 + random.integer(9) }, () => random.pick(letters)).join(''),
    );
    const tokenizer = trainTokenizer({
      texts: words,
      vocabularySize: 256 + 150,
      specialTokens: [],
    });
    const expected = slowMerges(words, 150, 2);
    expect(expected.length).toBeGreaterThan(60);
    expect(tokenizer.toJson().model.merges).toEqual(expected);
  });

  test('cuts mixed texts as the scanner does', () => {
    const texts = mixedTexts(60, 5);
    const words = texts.flatMap(slowWords);
    const tokenizer = trainTokenizer({ texts, vocabularySize: 300, specialTokens: [] });
    expect(tokenizer.toJson().model.merges).toEqual(slowMerges(words, 44, 2));
  });

  test('the same texts in any order give the same bytes', () => {
    const texts = mixedTexts(400, 6);
    const json = (from: readonly string[]) =>
      JSON.stringify(
        trainTokenizer({ texts: from, vocabularySize: 900, specialTokens: ['<s>'] }).toJson(),
      );
    expect(json(createRandom(1).shuffled(texts))).toBe(json(texts));
    expect(json(texts.slice(1))).not.toBe(json(texts));
  });

  test('no texts: bytes and special tokens', () => {
    const tokenizer = trainTokenizer({ texts: [], vocabularySize: 512, specialTokens: ['<s>'] });
    expect(tokenizer.vocabularySize).toBe(257);
    expect(tokenizer.decode(tokenizer.encode('é 🙂'))).toBe('é 🙂');
  });

  test('a merge never spells a special token', () => {
    const texts = Array.from({ length: 50 }, () => 'pad padding');
    const tokenizer = trainTokenizer({ texts, vocabularySize: 400, specialTokens: ['pad'] });
    expect(tokenizer.encode('pad')).not.toContain(tokenizer.specialId('pad'));
    expect(tokenizer.decode(tokenizer.encode('pad padding'))).toBe('pad padding');
    expect(Object.keys(tokenizer.toJson().model.vocab)).toContain('Ġpadding');
    expect(Object.keys(tokenizer.toJson().model.vocab)).not.toContain('pad');
  });

  test.each([
    [{ vocabularySize: 256, specialTokens: ['<s>'] }, /vocabularySize: expected .* at least 257/],
    [{ vocabularySize: 300.5, specialTokens: [] }, /vocabularySize/],
    [{ vocabularySize: 300, specialTokens: ['<s>', '<s>'] }, /specialTokens: .* found "<s>"/],
    [{ vocabularySize: 300, specialTokens: [''] }, /specialTokens: .* found ""/],
    [{ vocabularySize: 300, specialTokens: ['a'] }, /specialTokens: .* found "a"/],
    [{ vocabularySize: 300, specialTokens: [], minFrequency: 0 }, /minFrequency/],
    [{ vocabularySize: 300, specialTokens: [], minFrequency: Number.NaN }, /minFrequency/],
  ])('refuses %o', (options, message) => {
    const train = () => trainTokenizer({ texts: ['x'], ...options });
    expect(train).toThrow(InputError);
    expect(train).toThrow(message);
  });
});

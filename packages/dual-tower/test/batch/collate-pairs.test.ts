import { collatePairs, endOfText, pairInputNames } from '@q-anchor/dual-tower';
import { userEmbeddingToken } from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

import { tokenizer } from '../fixtures.js';

const [embedding, end] = [tokenizer.specialId(userEmbeddingToken), tokenizer.specialId(endOfText)];
const [coffee, rent, tram] = tokenizer.encode('coffee rent tram') as [number, number, number];
const pair = (query: string, answer: string) => ({ query, answer, source: 'uqa' as const });
const pairs = [[pair('coffee', 'rent tram'), pair('', 'rent')], [pair('tram tram', 'rent')]];
const options = {
  encode: (text: string) => tokenizer.encode(text),
  userEmbeddingId: embedding,
  endId: end,
  prefixLengths: [3, 5],
};
const numbers = (feeds: ReturnType<typeof collatePairs>, name: string): number[] =>
  [...feeds[name]!.data].map(Number);

describe('suffixes behind their prefixes, worked by hand', () => {
  const feeds = collatePairs(pairs, options);

  test('tokens, segments, positions', () => {
    expect(feeds[pairInputNames.tokens]!.shape).toEqual([2, 6]);
    expect(numbers(feeds, pairInputNames.tokens)).toEqual(
      [
        [coffee, embedding, rent, tram, embedding, rent],
        [tram, tram, embedding, rent, 0, 0],
      ].flat(),
    );
    expect(numbers(feeds, pairInputNames.segments)).toEqual(
      [
        [1, 1, 1, 1, 2, 2],
        [1, 1, 1, 1, -1, -1],
      ].flat(),
    );
    expect(numbers(feeds, pairInputNames.positions).slice(0, 10)).toEqual(
      [
        [3, 4, 5, 6, 3, 4],
        [5, 6, 7, 8],
      ].flat(),
    );
  });

  test('embeddings stand at <|user_emb|>, behind the padded prefix of 5', () => {
    // Rows of 5 + 6 tokens.
    expect(numbers(feeds, pairInputNames.embeddingIndex)).toEqual([6, 9, 11 + 7]);
  });

  test('targets: the answer and the end, predicted from <|user_emb|> on', () => {
    expect(numbers(feeds, pairInputNames.targetIndex)).toEqual([6, 7, 8, 9, 10, 18, 19]);
    expect(numbers(feeds, pairInputNames.targetLabels)).toEqual(
      [
        [rent, tram, end],
        [rent, end],
        [rent, end],
      ].flat(),
    );
    const weights = numbers(feeds, pairInputNames.targetWeights);
    for (const [i, share] of [9, 9, 9, 6, 6, 6, 6].entries()) {
      expect(weights[i]).toBeCloseTo(1 / share, 6);
    }
    const summed = collatePairs(pairs, { ...options, nextTokenReduction: 'sum' });
    for (const weight of numbers(summed, pairInputNames.targetWeights)) {
      expect(weight).toBeCloseTo(1 / 3, 6);
    }
  });

  test('answers of one text are one group', () => {
    expect(numbers(feeds, pairInputNames.answerGroups)).toEqual([0, 1, 1]);
  });

  test('every answer stands alone once, its end last', () => {
    const tokens = numbers(feeds, pairInputNames.answerTokens);
    const segments = numbers(feeds, pairInputNames.answerSegments);
    const positions = numbers(feeds, pairInputNames.answerPositions);
    const answers = numbers(feeds, pairInputNames.answerLast).map((last) => {
      const own = [...tokens.keys()].filter(
        (at) => at <= last && at >= last - positions[last]! && segments[at] === segments[last],
      );
      expect(own.map((at) => positions[at])).toEqual([...own.keys()]);
      return own.map((at) => tokens[at]);
    });
    expect(answers).toEqual([
      [rent, tram, end],
      [rent, end],
      [rent, end],
    ]);
    expect(segments.filter((segment) => segment >= 0)).toHaveLength(7);
  });
});

test('caps cut queries and answers at their end', () => {
  const feeds = collatePairs([[pair('coffee rent tram', 'rent rent tram')]], {
    ...options,
    prefixLengths: [1],
    maxQueryTokens: 2,
    maxAnswerTokens: 1,
  });
  expect(numbers(feeds, pairInputNames.tokens)).toEqual([coffee, rent, embedding, rent]);
  expect(numbers(feeds, pairInputNames.targetLabels)).toEqual([rent, end]);
});

test('an empty answer is the end token alone', () => {
  const feeds = collatePairs([[pair('coffee', '')]], { ...options, prefixLengths: [1] });
  expect(numbers(feeds, pairInputNames.targetLabels)).toEqual([end]);
  expect(numbers(feeds, pairInputNames.answerTokens)).toEqual([end]);
});

test('many answers share rows, none runs over the edge of one', () => {
  const lengths = [60, 3, 17, 40, 5, 5, 64, 70, 1, 30, 22];
  const many = [lengths.map((length) => pair('coffee', Array(length).fill('rent').join(' ')))];
  const feeds = collatePairs(many, { ...options, prefixLengths: [1] });
  const [rows, longest] = feeds[pairInputNames.answerTokens]!.shape as [number, number];
  expect(longest).toBe(71);
  expect(rows).toBeLessThan(lengths.length);
  const positions = numbers(feeds, pairInputNames.answerPositions);
  const segments = numbers(feeds, pairInputNames.answerSegments);
  const tokens = numbers(feeds, pairInputNames.answerTokens);
  const used = new Set<number>();
  for (const [i, last] of numbers(feeds, pairInputNames.answerLast).entries()) {
    expect(tokens[last]).toBe(end);
    expect(positions[last]).toBe(lengths[i]);
    const start = last - lengths[i]!;
    expect(Math.floor(start / longest)).toBe(Math.floor(last / longest));
    for (let at = start; at <= last; at++) {
      expect(used.has(at)).toBe(false);
      used.add(at);
      expect(segments[at]).toBe(segments[last]);
    }
  }
  expect(segments.filter((segment) => segment >= 0)).toHaveLength(used.size);
});

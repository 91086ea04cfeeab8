import type { QueryAnswer } from '@q-anchor/core';

import type { PairCounts, SourceCounts } from '../dataset/count-pairs.js';

/** Pairs of one topic. */
export interface TopicQuality extends PairCounts {
  /** The topic. */
  readonly topic: string;
}

/** Texts of some lengths. */
export interface LengthBin {
  /** Words at least. */
  readonly from: number;
  /** Words at most. */
  readonly to: number;
  /** How many texts. */
  readonly pairs: number;
}

/** What the pairs of one source are like. */
export interface SourceQuality {
  /** How many pairs. */
  readonly pairs: number;
  /** By topic, the most frequent first. */
  readonly topics: readonly TopicQuality[];
  /** The chance that two pairs drawn at random have the same answer. */
  readonly equalAnswerShare: number;
  /** Answers that distinct-n was counted over: the first ones, where there are very many. */
  readonly countedAnswers: number;
  /** Different runs of n words by all runs of n words in the answers, n = 1, 2, 3. */
  readonly distinct: readonly [one: number, two: number, three: number];
  /** Words an answer. */
  readonly answerWords: readonly LengthBin[];
  /** Words a query. */
  readonly queryWords: readonly LengthBin[];
}

/** Takes pairs as they stream by. */
export interface SourceQualityCounter {
  /** Counts one pair. */
  add(pair: Pick<QueryAnswer, 'query' | 'answer'>): void;
  /** All of it, with what was counted apart. */
  quality(counts: SourceCounts): SourceQuality;
}

/** Runs of words are all held in memory: of more answers than this they are not counted. */
const maxCountedAnswers = 50_000;

/** Words a bin of the histograms. */
const binWords = 5;

const histogram = (lengths: ReadonlyMap<number, number>): LengthBin[] => {
  const last = Math.max(-1, ...lengths.keys());
  return Array.from({ length: last + 1 }, (_, bin) => ({
    from: bin * binWords + 1,
    to: (bin + 1) * binWords,
    pairs: lengths.get(bin) ?? 0,
  }));
};

const countOne = <K>(map: Map<K, number>, key: K): void => {
  map.set(key, (map.get(key) ?? 0) + 1);
};

const countLength = (map: Map<number, number>, text: string): void => {
  const words = text.split(/\s+/u).filter((word) => word !== '').length;
  countOne(map, Math.floor(Math.max(0, words - 1) / binWords));
};

/**
 * A counter of the quality of one source's pairs.
 *
 * `distinct-n = different n-grams / n-grams` over the answers (Li et al. 2016); a word is a run of
 * letters and digits, in lower case.
 */
export function createSourceQuality(): SourceQualityCounter {
  const grams = [new Set<string>(), new Set<string>(), new Set<string>()] as const;
  const gramCounts: [number, number, number] = [0, 0, 0];
  const lengths = { answer: new Map<number, number>(), query: new Map<number, number>() };
  let countedAnswers = 0;

  return {
    add: ({ query, answer }) => {
      countLength(lengths.answer, answer);
      countLength(lengths.query, query);
      if (countedAnswers >= maxCountedAnswers) return;
      countedAnswers++;
      const words = answer.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      for (const [i, set] of grams.entries()) {
        for (let start = 0; start + i < words.length; start++) {
          set.add(words.slice(start, start + i + 1).join(' '));
          gramCounts[i]!++;
        }
      }
    },
    quality: ({ pairs, topics, equalAnswerShare }) => {
      return {
        pairs,
        topics: [...topics]
          .map(([topic, counts]) => ({ topic, ...counts }))
          .toSorted((a, b) => b.pairs - a.pairs || (a.topic < b.topic ? -1 : 1)),
        equalAnswerShare,
        countedAnswers,
        distinct: [0, 1, 2].map((i) => grams[i]!.size / Math.max(1, gramCounts[i]!)) as [
          number,
          number,
          number,
        ],
        answerWords: histogram(lengths.answer),
        queryWords: histogram(lengths.query),
      };
    },
  };
}

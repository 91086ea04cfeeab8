import type { QueryAnswer } from '@q-anchor/core';

/** What the pairs of one source are like. */
export interface PairStatistics {
  /** How many. */
  readonly pairs: number;
  /** How many by topic of D_uqa, or by kind of D_future's aspects. */
  readonly topics: Readonly<Record<string, number>>;
  /** How many different answers. */
  readonly distinctAnswers: number;
  /** The chance that two pairs drawn at random have the same answer: the sum of squared shares. */
  readonly equalAnswerShare: number;
  /** Words an answer, on average. */
  readonly meanAnswerWords: number;
}

/** Takes pairs as they stream by. */
export interface PairStatisticsCounter {
  /** Counts one pair. */
  add(pair: QueryAnswer): void;
  /** The statistics of all counted so far. */
  statistics(): PairStatistics;
}

/** A counter of pairs of one source. */
export function createPairStatistics(): PairStatisticsCounter {
  const answers = new Map<string, number>();
  const topics = new Map<string, number>();
  let pairs = 0;
  let words = 0;
  return {
    add: ({ answer, topic = '' }) => {
      pairs++;
      words += answer.split(' ').length;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      topics.set(topic, (topics.get(topic) ?? 0) + 1);
    },
    statistics: () => {
      let squares = 0;
      for (const count of answers.values()) squares += count * count;
      return {
        pairs,
        topics: Object.fromEntries([...topics].toSorted(([a], [b]) => (a < b ? -1 : 1))),
        distinctAnswers: answers.size,
        equalAnswerShare: pairs === 0 ? 0 : squares / pairs ** 2,
        meanAnswerWords: pairs === 0 ? 0 : words / pairs,
      };
    },
  };
}

import type { SourceCounts } from '../dataset/count-pairs.js';

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

/** The statistics of pairs that are counted. */
export function pairStatistics(counts: SourceCounts): PairStatistics {
  const { pairs, distinctAnswers, equalAnswerShare, answerWords, topics } = counts;
  return {
    pairs,
    topics: Object.fromEntries([...topics].map(([topic, own]) => [topic, own.pairs])),
    distinctAnswers,
    equalAnswerShare,
    meanAnswerWords: pairs === 0 ? 0 : answerWords / pairs,
  };
}

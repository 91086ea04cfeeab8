import { join } from 'node:path';

import type { Database } from './database.js';
import { shardFile, shardsOf, type PairSource } from './pairs.js';
import { quoteText } from './sql-text.js';

/** Pairs counted, and how alike their answers are. */
export interface PairCounts {
  /** How many pairs. */
  readonly pairs: number;
  /** How many different answers. */
  readonly distinctAnswers: number;
  /** The chance that two pairs drawn at random have the same answer: the sum of squared shares. */
  readonly equalAnswerShare: number;
}

/** The pairs of one source, counted. */
export interface SourceCounts extends PairCounts {
  /** Words of all answers together; a space ends one. */
  readonly answerWords: number;
  /** By topic, in the topics' order. */
  readonly topics: ReadonlyMap<string, PairCounts>;
}

/** Sums of whole numbers below 2^53: exact in any order. */
const countsOf = (pairs: number, distinctAnswers: number, squares: number): PairCounts => ({
  pairs,
  distinctAnswers,
  equalAnswerShare: pairs === 0 ? 0 : squares / pairs ** 2,
});

const pairCounts = ({ pairs, distinctAnswers, equalAnswerShare }: PairCounts): PairCounts => ({
  pairs,
  distinctAnswers,
  equalAnswerShare,
});

const nothing = { ...countsOf(0, 0, 0), answerWords: 0 };

interface CountedTopic extends PairCounts {
  readonly topic: string;
  readonly answerWords: number;
}

/**
 * Counts the pairs of a source. Answers are told apart by digests, in the database's memory, which
 * spills to disk: however many there are, this process doesn't grow.
 */
export async function countPairs(
  database: Database,
  folder: string,
  options: { readonly source: PairSource; readonly signal: AbortSignal | undefined },
): Promise<SourceCounts> {
  const { source, signal } = options;
  signal?.throwIfAborted();
  const paths = (await shardsOf(folder, source)).map((shard) =>
    quoteText(join(folder, source, shardFile(shard))),
  );
  if (paths.length === 0) return { ...nothing, topics: new Map() };
  const connection = await database.connect();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    const counted = async (topic: string): Promise<CountedTopic[]> => {
      const reader = await connection.runAndReadAll(
        `SELECT topic, sum(n)::DOUBLE, count(*)::DOUBLE, sum(n * n)::DOUBLE, sum(words)::DOUBLE
         FROM (SELECT ${topic} AS topic, md5_number(answer) AS answer, count(*)::DOUBLE AS n,
                 sum(len(string_split(answer, ' '))) AS words
               FROM read_parquet([${paths.join(', ')}]) GROUP BY ALL)
         GROUP BY topic`,
      );
      return reader.getRows().map(([name, ...numbers]): CountedTopic => {
        const [pairs, distinct, squares, words] = numbers as [number, number, number, number];
        return { topic: name as string, answerWords: words, ...countsOf(pairs, distinct, squares) };
      });
    };
    const [all] = await counted("''");
    const topics = (await counted("coalesce(topic, '')"))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
      .map((counts): [string, PairCounts] => [counts.topic, pairCounts(counts)]);
    const total = all ?? nothing;
    return { ...pairCounts(total), answerWords: total.answerWords, topics: new Map(topics) };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
  }
}

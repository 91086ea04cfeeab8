import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { InputError, type QueryAnswer } from '@q-anchor/core';

import type { Database } from './database.js';
import { appendRows, type ReferencePoint } from './reference-table.js';
import { quoteText } from './sql-text.js';

/** A pre-training pair and whose it is. */
export interface UserPair extends ReferencePoint, QueryAnswer {}

/** Where a pair comes from. */
export type PairSource = QueryAnswer['source'];

/** All sources of pairs, in the order they are read. */
export const pairSources: readonly PairSource[] = ['future', 'uqa'];

/** Where a dataset's pairs are. */
export const pairsFolder = (directory: string): string => join(directory, 'pairs');

const shardName = /^(\d{5})\.parquet$/u;

/** The file of a shard in the folder of its source. */
export const shardFile = (shard: number): string => `${String(shard).padStart(5, '0')}.parquet`;

/** The numbers of the shards a source has, ascending. */
export const shardsOf = async (folder: string, source: PairSource): Promise<number[]> => {
  try {
    const names = await readdir(join(folder, source));
    return names
      .map((name) => shardName.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .toSorted((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** The shards that every one of `sources` has. */
export async function completeShards(
  folder: string,
  sources: readonly PairSource[],
): Promise<number[]> {
  const lists = await Promise.all(sources.map((source) => shardsOf(folder, source)));
  return (lists[0] ?? []).filter((shard) => lists.every((list) => list.includes(shard)));
}

/** Writes one shard: for each of `sources` a file, which may be empty, whole or not at all. */
export async function writePairShard(
  database: Database,
  folder: string,
  options: {
    readonly pairs: readonly UserPair[];
    readonly shard: number;
    readonly sources: readonly PairSource[];
  },
): Promise<void> {
  const { pairs, shard, sources } = options;
  if (!Number.isInteger(shard) || shard < 0 || shard > 99_999) {
    throw new InputError({
      where: 'shard',
      expected: 'an integer from 0 to 99999',
      found: `${shard}`,
    });
  }
  const stray = pairs.find(({ source }) => !sources.includes(source));
  if (stray !== undefined) {
    throw new InputError({
      where: 'pairs',
      expected: `pairs of the sources ${sources.join(', ')}`,
      found: `one of ${stray.source} (user ${stray.userId})`,
    });
  }
  const connection = await database.connect();
  try {
    for (const source of sources) {
      const name = shardFile(shard);
      const temporary = join(folder, source, `.${name}.${randomBytes(6).toString('hex')}.partial`);
      const own = pairs.filter((pair) => pair.source === source);
      await mkdir(join(folder, source), { recursive: true });
      try {
        await connection.run(
          `CREATE OR REPLACE TEMP TABLE pair_shard (user_id VARCHAR, reference_time DOUBLE,
             query VARCHAR, answer VARCHAR, source VARCHAR, topic VARCHAR)`,
        );
        await appendRows(connection, 'pair_shard', {
          types: [VARCHAR, DOUBLE, VARCHAR, VARCHAR, VARCHAR, VARCHAR],
          rows: own.length,
          columnsOf: (start, end) => {
            const part = own.slice(start, end);
            return [
              part.map(({ userId }) => userId),
              part.map(({ referenceDays }) => referenceDays),
              part.map(({ query }) => query),
              part.map(({ answer }) => answer),
              part.map(() => source),
              part.map(({ topic }) => topic ?? null),
            ];
          },
        });
        await connection.run(
          `COPY pair_shard TO ${quoteText(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
        );
        await rename(temporary, join(folder, source, name));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    }
  } finally {
    connection.closeSync();
  }
}

/**
 * Reads the pairs of `sources` in the order they were written.
 *
 * @yields the pairs of one shard
 */
export async function* readPairs(
  database: Database,
  folder: string,
  options: { readonly sources: readonly PairSource[]; readonly signal: AbortSignal | undefined },
): AsyncGenerator<UserPair[]> {
  const connection = await database.connect();
  try {
    for (const source of options.sources) {
      for (const shard of await shardsOf(folder, source)) {
        options.signal?.throwIfAborted();
        const path = join(folder, source, shardFile(shard));
        const reader = await connection.runAndReadAll(
          `SELECT user_id, reference_time, query, answer, topic
           FROM read_parquet(${quoteText(path)}, file_row_number = true) ORDER BY file_row_number`,
        );
        const [users = [], times = [], queries = [], answers = [], topics = []] =
          reader.getColumns();
        yield users.map((userId, i) => {
          const topic = topics[i] as string | null;
          return {
            userId: userId as string,
            referenceDays: times[i] as number,
            query: queries[i] as string,
            answer: answers[i] as string,
            source,
            ...(topic === null ? {} : { topic }),
          };
        });
      }
    }
  } finally {
    connection.closeSync();
  }
}

import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { DOUBLE, VARCHAR } from '@duckdb/node-api';

import { openDatabase } from '../dataset/database.js';
import { appendRows, type ReferencePoint } from '../dataset/reference-table.js';
import { quoteText } from '../dataset/sql-text.js';
import type { SeenContent } from './seen-content.js';
import type { UserRange } from './user-history.js';

/** What a user's stored vectors were made of. */
export interface VectorState extends ReferencePoint {
  /** The newest event there was; absent where there was none. */
  readonly lastEventDays?: number;
  /** What the reference saw. */
  readonly content: SeenContent;
  /** Digest of all that the vectors depend on. */
  readonly key: string;
}

/**
 * Writes states into a Parquet file, whole or not at all.
 *
 * @param path - the file; its folder must be there
 * @param states - a row for each
 */
export async function writeVectorStates(
  path: string,
  states: readonly VectorState[],
): Promise<void> {
  const database = await openDatabase(':memory:', {});
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`,
  );
  try {
    await database.connection.run(
      `CREATE TABLE states (user_id VARCHAR, reference_time DOUBLE, last_event DOUBLE,
         content VARCHAR, key VARCHAR)`,
    );
    await appendRows(database.connection, 'states', {
      types: [VARCHAR, DOUBLE, DOUBLE, VARCHAR, VARCHAR],
      rows: states.length,
      columnsOf: (start, end) => {
        const part = states.slice(start, end);
        return [
          part.map(({ userId }) => userId),
          part.map(({ referenceDays }) => referenceDays),
          part.map(({ lastEventDays = null }) => lastEventDays),
          part.map(({ content }) => JSON.stringify([content.features, ...content.modalities])),
          part.map(({ key }) => key),
        ];
      },
    });
    await database.connection.run(
      `COPY states TO ${quoteText(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    database.close();
  }
}

/**
 * Reads states by user.
 *
 * @param files - a path, which may be a pattern such as `vectors/state-*.parquet`
 * @param range - whose; default all
 */
export async function readVectorStates(
  files: string,
  range: UserRange = {},
): Promise<ReadonlyMap<string, VectorState>> {
  const database = await openDatabase(':memory:', {});
  try {
    const reader = await database.connection.runAndReadAll(
      `SELECT user_id, reference_time, last_event, content, key FROM read_parquet(${quoteText(files)})
       WHERE user_id >= ${quoteText(range.from ?? '')}
         ${range.until === undefined ? '' : `AND user_id < ${quoteText(range.until)}`}`,
    );
    const [users = [], references = [], events = [], contents = [], keys = []] =
      reader.getColumns();
    return new Map(
      users.map((user, i) => {
        const [features, ...modalities] = JSON.parse(contents[i] as string) as [string];
        return [
          user as string,
          {
            userId: user as string,
            referenceDays: references[i] as number,
            ...(events[i] !== null && { lastEventDays: events[i] as number }),
            content: { features, modalities },
            key: keys[i] as string,
          },
        ];
      }),
    );
  } finally {
    database.close();
  }
}

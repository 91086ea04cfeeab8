import { digestOf, type UserProfile } from '@q-anchor/core';

import { openDatabase, type Database, type DatabaseLimits } from '../dataset/database.js';
import { readDatasetInfo, type DatasetInfo } from '../dataset/dataset-info.js';
import { assembledProfiles, type BatchOptions } from '../dataset/profiles.js';
import { createReferenceTable, type ReferencePoint } from '../dataset/reference-table.js';
import { openSpillDirectory } from '../dataset/spill-directory.js';
import { quoteText } from '../dataset/sql-text.js';
import { checkParts } from './check-parts.js';
import {
  eventsSql,
  seenEventsSql,
  seenFeaturesSql,
  usersSql,
  type HistoryPart,
} from './history-sql.js';
import { readContents, type SeenContent } from './seen-content.js';

/** A range of users by id, by the bytes of its UTF-8. */
export interface UserRange {
  /** The first. Default the very first. */
  readonly from?: string | undefined;
  /** The first that is no longer in it. Default none: all that follow. */
  readonly until?: string | undefined;
}

/** A user, and when something happened last. */
export interface LastEvent {
  /** The user's id. */
  readonly userId: string;
  /** The time of the newest event before the time asked for; absent where there is none. */
  readonly lastEventDays?: number;
}

/** What users did, in a dataset and those of later days. */
export interface UserHistory extends AsyncDisposable {
  /** What the first dataset holds. */
  readonly info: DatasetInfo;
  /** Digest of all datasets, in their order. */
  readonly digest: string;
  /** Ids of all users, ascending by the bytes of their UTF-8. */
  userIds(): Promise<readonly string[]>;
  /** Users of a range by id, each with its newest event before a time. */
  lastEvents(beforeDays: number, range?: UserRange): Promise<readonly LastEvent[]>;
  /**
   * What references see, digested in the database: times, texts and values of events, those beyond a
   * modality's newest `maxEvents` too, and profile features. Much cheaper than reading it out.
   */
  contents(references: readonly ReferencePoint[]): Promise<readonly SeenContent[]>;
  /** As {@link Dataset.profiles}; of profile features by reference time the last at or before it. */
  profiles(
    references: readonly ReferencePoint[],
    options?: BatchOptions,
  ): AsyncIterable<UserProfile[]>;
}

/**
 * Opens a dataset and datasets of later days as one. Events may come late, out of order and again: what a
 * later dataset repeats of another one counts once, and order plays no part. Users are those with a
 * reference point in any of them; the profile is the last dataset's that has one.
 *
 * @param directories - at least one; the first decides modalities, caps and window
 * @param limits - of the database
 * @throws {@link @q-anchor/core#InputError} if one is no dataset, or does not go with the first
 * @example
 * ```ts
 * await using history = await openUserHistory(['base', 'monday', 'tuesday']);
 * const users = await history.lastEvents(today);
 * ```
 */
export async function openUserHistory(
  directories: readonly [string, ...string[]],
  limits: DatabaseLimits = {},
): Promise<UserHistory> {
  const [first, ...later] = directories;
  const parts = [await partOf(first), ...(await Promise.all(later.map(partOf)))] as const;
  checkParts(parts);
  const spill = await openSpillDirectory();
  const database = await openDatabase(':memory:', {
    threads: 2,
    ...limits,
    spillDirectory: spill.path,
  });
  const { info } = parts[0];
  const names = info.modalities.map(({ name }) => name);
  let tables = 0;

  return {
    info,
    digest: digestOf(parts.map((part) => part.info.digest)),
    async userIds() {
      const reader = await database.connection.runAndReadAll(`${usersSql(parts)} ORDER BY user_id`);
      return (reader.getColumns()[0] ?? []) as readonly string[];
    },
    lastEvents: (beforeDays, range = {}) => readLastEvents(database, { parts, beforeDays, range }),
    async contents(references) {
      tables += 1;
      const table = `history_references_${tables}`;
      await createReferenceTable(database.connection, table, references);
      try {
        return await readContents(database, parts, table);
      } finally {
        await database.connection.run(`DROP TABLE ${table}`);
      }
    },
    profiles: (references, options = {}) =>
      assembledProfiles(database, {
        ...options,
        references,
        modalities: info.modalities,
        features: info.tabular.columns,
        queries: (table) => {
          const features = seenFeaturesSql(parts, { info, table });
          return [
            ...names.map(
              (name) =>
                `SELECT item, time, text, value FROM (${seenEventsSql(parts, { name, table, windowDays: info.windowDays })})
                 ORDER BY item, time, text, value`,
            ),
            ...(features === undefined ? [] : [`SELECT * FROM (${features}) ORDER BY item`]),
          ];
        },
      }),
    async [Symbol.asyncDispose]() {
      database.close();
      await spill.remove();
    },
  };
}

async function readLastEvents(
  { connection }: Database,
  options: {
    readonly parts: readonly [HistoryPart, ...HistoryPart[]];
    readonly beforeDays: number;
    readonly range: UserRange;
  },
): Promise<readonly LastEvent[]> {
  const { parts, beforeDays, range } = options;
  const within = [
    'true',
    ...(range.from === undefined ? [] : [`user_id >= ${quoteText(range.from)}`]),
    ...(range.until === undefined ? [] : [`user_id < ${quoteText(range.until)}`]),
  ].join(' AND ');
  const last = parts[0].info.modalities.map(
    ({ name }) => `SELECT user_id, max(time) AS time FROM (${eventsSql(parts, name)})
       WHERE ${within} AND time < ${beforeDays} GROUP BY user_id`,
  );
  const reader = await connection.runAndReadAll(
    `SELECT users.user_id, max(last.time)
     FROM (SELECT * FROM (${usersSql(parts)}) WHERE ${within}) AS users
       LEFT JOIN (${last.join(' UNION ALL ')}) AS last USING (user_id)
     GROUP BY users.user_id ORDER BY users.user_id`,
  );
  const [ids = [], times = []] = reader.getColumns();
  return ids.map((userId, i) => ({
    userId: userId as string,
    ...(times[i] !== null && { lastEventDays: times[i] as number }),
  }));
}

const partOf = async (directory: string): Promise<HistoryPart> => ({
  directory,
  info: await readDatasetInfo(directory),
});

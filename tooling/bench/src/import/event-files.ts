import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

/** How much to make. */
export interface EventCounts {
  /** Events of all modalities together. */
  readonly events: number;
  /** Reference points of train and validation, those that get pairs. */
  readonly pairReferences: number;
}

/** On average; the most active users have many times as many. */
const eventsPerUser = 100;
const eventsPerFile = 1_000_000;

/** Days before the reference time, and all that are recorded. */
const [referenceDays, recordedDays] = [90, 125];

/** Modalities of the default schema with their caps and shares of all events. */
const modalities = [
  { name: 'bill', maxEvents: 250, share: 0.35 },
  { name: 'mini', maxEvents: 150, share: 0.2 },
  { name: 'spm', maxEvents: 150, share: 0.3 },
  { name: 'search', maxEvents: 10, share: 0.05 },
  { name: 'app', maxEvents: 100, share: 0.1 },
] as const;

/** A number in [0, 1) that follows from a row's number and a salt. */
const uniform = (salt: number): string => `((hash(range * 16 + ${salt}) >> 11) / 9007199254740992)`;

/** The modality of a row, by its shares. */
const modalityCase = (): string => {
  let end = 0;
  const cases = modalities.map(({ name, share }) => {
    end += share;
    return `WHEN ${uniform(0)} < ${end.toFixed(3)} THEN '${name}'`;
  });
  return `CASE ${cases.join(' ')} ELSE 'bill' END`;
};

const eventsSql = (start: number, end: number, users: number): string => `
  SELECT 'u' || floor(${users} * ${uniform(1)} ** 2)::BIGINT AS user_id,
    round(${recordedDays} * ${uniform(2)}, 4) AS time, ${modalityCase()} AS modality,
    (['coffee', 'groceries', 'metro', 'cinema', 'pharmacy', 'fuel', 'books', 'takeout', 'rent',
      'games'])[1 + floor(10 * ${uniform(3)})::INTEGER] AS category,
    category || ' at place ' || floor(400 * ${uniform(4)} ** 2)::BIGINT || ' by '
      || (['card', 'code', 'transfer'])[1 + floor(3 * ${uniform(5)})::INTEGER] AS text,
    round(exp(2 + 3 * ${uniform(6)}), 2) AS value
  FROM range(${start}, ${end})`;

/** Whole users with a reference point; those that get pairs come first, train and validation. */
const usersSql = (users: number, pairReferences: number): string => `
  SELECT 'u' || range AS user_id, ${referenceDays} AS reference_time,
    CASE WHEN range >= ${pairReferences} THEN 'test' WHEN range % 5 = 4 THEN 'validation' ELSE 'train'
    END AS split, ${recordedDays} AS observed_until
  FROM range(${users})`;

/**
 * Writes Parquet files of events that only look like behaviour, by SQL alone, and a manifest over
 * them.
 *
 * @returns the manifest's path
 */
export async function writeEventFiles(folder: string, counts: EventCounts): Promise<string> {
  const { events, pairReferences } = counts;
  const users = Math.max(Math.ceil(events / eventsPerUser), pairReferences);
  await mkdir(join(folder, 'events'), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GiB' });
  const connection = await instance.connect();
  try {
    for (let start = 0; start < events; start += eventsPerFile) {
      const end = Math.min(events, start + eventsPerFile);
      const path = join(folder, 'events', `${start / eventsPerFile}.parquet`);
      await connection.run(`COPY (${eventsSql(start, end, users)}) TO '${path}' (FORMAT parquet)`);
    }
    const path = join(folder, 'users.parquet');
    await connection.run(`COPY (${usersSql(users, pairReferences)}) TO '${path}' (FORMAT parquet)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  const manifest = {
    name: 'bench',
    windowDays: referenceDays,
    sources: { users: 'users.parquet', events: 'events/*.parquet' },
    references: { sql: 'select * from users' },
    modalities: Object.fromEntries(
      modalities.map(({ name, maxEvents }) => [
        name,
        {
          maxEvents,
          sql: `select user_id, time, text, value, category from events where modality = '${name}'`,
        },
      ]),
    ),
  };
  const manifestPath = join(folder, 'bench.yaml');
  await writeFile(manifestPath, JSON.stringify(manifest));
  return manifestPath;
}

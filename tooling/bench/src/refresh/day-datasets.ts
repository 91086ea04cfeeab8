import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { importManifest, readDatasetInfo, type DatasetInfo } from '@q-anchor/useru';

/** A world up to a day, and what some users did on that day. */
export interface DayDatasets {
  /** The day at which the first ends, in days. */
  readonly day: number;
  /** All that happened before the day. */
  readonly base: string;
  /** What happened on the day, by the share of users of whom it has events. */
  readonly deltas: ReadonlyMap<number, string>;
}

/** Days before the end of a simulated world: everybody has been there for long. */
const daysBeforeTheEnd = 10;

/**
 * Takes a simulated world apart: all before a day, and that day's events of a share of the users who did
 * something on it, for each share.
 *
 * @param world - a dataset directory
 * @param options - where to write; shares of all users
 */
export async function writeDayDatasets(
  world: string,
  options: { readonly folder: string; readonly shares: readonly number[] },
): Promise<DayDatasets> {
  const { folder, shares } = options;
  const info = await readDatasetInfo(world);
  const events = info.modalities.map(({ name }) => `'${join(world, 'events', `${name}.parquet`)}'`);
  const [last, users] = await numbersOf(
    `SELECT max(time), (SELECT count(DISTINCT user_id) FROM '${join(world, 'references.parquet')}')
     FROM read_parquet([${events.join(', ')}])`,
  );
  const day = Math.floor(last!) - daysBeforeTheEnd;
  const base = join(folder, 'base');
  const write = (outputDir: string, when: string, who: string): Promise<void> =>
    writePart(world, { info, outputDir, when, who, day });
  await write(base, `time < ${day}`, 'true');
  const deltas = new Map<number, string>();
  for (const share of shares) {
    const directory = join(folder, `delta-${share}`);
    deltas.set(share, directory);
    const active = `SELECT user_id, md5(user_id) AS place FROM read_parquet([${events.join(', ')}])
      WHERE time >= ${day} AND time < ${day + 1} GROUP BY user_id`;
    const chosen = `SELECT user_id FROM (${active}) ORDER BY place LIMIT ${Math.round(share * users!)}`;
    await write(directory, `time >= ${day} AND time < ${day + 1}`, `user_id IN (${chosen})`);
  }
  return { day, base, deltas };
}

async function writePart(
  world: string,
  options: {
    readonly info: DatasetInfo;
    readonly outputDir: string;
    readonly when: string;
    readonly who: string;
    readonly day: number;
  },
): Promise<void> {
  const { info, outputDir, when, who, day } = options;
  const source = `${outputDir}-source`;
  await mkdir(source, { recursive: true });
  const fileOf = (...path: readonly string[]): string => relative(source, join(world, ...path));
  const present = [];
  for (const modality of info.modalities) {
    const [rows] = await numbersOf(
      `SELECT count(*) FROM '${join(world, 'events', `${modality.name}.parquet`)}' WHERE ${when} AND ${who}`,
    );
    // A day without any event of a kind says nothing of it.
    if (rows! > 0) present.push(modality);
  }
  const manifest = {
    name: info.name,
    windowDays: info.windowDays,
    sources: {
      points: fileOf('references.parquet'),
      features: fileOf('tabular.parquet'),
      ...Object.fromEntries(
        present.map(({ name }) => [`events_of_${name}`, fileOf('events', `${name}.parquet`)]),
      ),
    },
    references: {
      sql: `select distinct user_id, ${day} as reference_time, 'train' as split from points where ${who}`,
    },
    modalities: Object.fromEntries(
      present.map(({ name, maxEvents, maxTokens }) => [
        name,
        {
          maxEvents,
          maxTokens,
          sql: `select user_id, time, text, value, text as category from events_of_${name} where ${when} and ${who}`,
        },
      ]),
    ),
    tabular: {
      sql: `select * replace (${day} as reference_time) from features where ${who}
        qualify row_number() over (partition by user_id order by features.reference_time desc) = 1`,
    },
    scenarios: {},
  };
  const manifestPath = join(source, 'manifest.yaml');
  await writeFile(manifestPath, JSON.stringify(manifest));
  await importManifest({ manifestPath, outputDir });
}

async function numbersOf(sql: string): Promise<readonly number[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRows()[0]!.map(Number);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

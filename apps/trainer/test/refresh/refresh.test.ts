import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DuckDBInstance } from '@duckdb/node-api';
import { createRandom, type Random } from '@q-anchor/core';
import { importManifest } from '@q-anchor/useru';
import { beforeAll, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { qAnchor, tinyModel } from '../support/command.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

type Event = readonly [user: string, day: number, text: string, value: number];

let root: string;
let run: string;
let hidden: string;
let datasets = 0;

const users = Array.from({ length: 24 }, (_, i) => `u${i}`);
const kinds = ['bill', 'web'] as const;

/** Writes files and a manifest, and imports them. */
async function datasetOf(
  events: Readonly<Record<(typeof kinds)[number], readonly Event[]>>,
  options: { readonly users?: readonly string[]; readonly day: number },
): Promise<string> {
  const folder = join(root, `dataset-${datasets++}`);
  const { day, users: points = users } = options;
  const sources = kinds.filter((kind) => events[kind].length > 0);
  await importFiles(folder, {
    files: {
      ...Object.fromEntries(
        sources.map((kind) => [
          `${kind}.csv`,
          ['u,day,what,price', ...events[kind].map((event) => event.join())].join('\n'),
        ]),
      ),
      'points.csv': [
        'u,split,age',
        ...points.map(
          (u, i) => `${u},${i % 4 === 0 ? 'validation' : 'train'},${20 + Number(u.slice(1))}`,
        ),
      ].join('\n'),
    },
    manifest: {
      name: 'shop',
      windowDays: 10,
      sources: Object.fromEntries(['points', ...sources].map((name) => [name, `${name}.csv`])),
      references: { sql: `select u as user_id, ${day} as reference_time, split from points` },
      modalities: Object.fromEntries(
        sources.map((kind) => [
          kind,
          {
            maxEvents: 6,
            sql: `select u as user_id, day as time, what as text, price as value, what as category from ${kind}`,
          },
        ]),
      ),
      tabular: { sql: 'select u as user_id, age from points' },
      scenarios: {},
    },
  });
  return folder;
}

async function importFiles(
  outputDir: string,
  {
    files,
    manifest,
  }: { readonly files: Readonly<Record<string, string>>; readonly manifest: unknown },
): Promise<void> {
  const source = await temporaryFolder();
  const all = { ...files, 'manifest.yaml': JSON.stringify(manifest) };
  for (const [name, text] of Object.entries(all)) await writeFile(join(source, name), text);
  await importManifest({ manifestPath: join(source, 'manifest.yaml'), outputDir });
}

const texts = ['tea', 'bread and butter', 'a lamp', 'news', 'weather', 'football'];

/** Events of some users between two days. */
const drawn = (random: Random, count: number, [from, to]: readonly [number, number]): Event[] =>
  Array.from({ length: count }, () => [
    users[random.integer(users.length)]!,
    Math.round((from + random.uniform() * (to - from)) * 1000) / 1000,
    texts[random.integer(texts.length)]!,
    random.integer(9),
  ]);

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

const queries = ['--query', '', '--query', 'What will this user buy?'];

interface Counts {
  readonly users: number;
  readonly touched: number;
  readonly new: number;
  readonly events: number;
  readonly time: number;
  readonly removed: number;
  readonly modalities: number;
  readonly textsEncoded: number;
  readonly textsFound: number;
}

const refresh = async (
  out: string,
  options: {
    readonly datasets: readonly string[];
    readonly at: number;
    readonly more?: readonly string[];
    readonly of?: string;
  },
): Promise<Counts> => {
  const [data, ...deltas] = options.datasets;
  const named = ['--data', data!, ...deltas.flatMap((delta) => ['--delta', delta])];
  const args = ['--out', out, '--at', `${options.at}`, '--threads', '1', '--json'];
  return JSON.parse(
    await succeed(
      'refresh',
      options.of ?? run,
      ...named,
      ...args,
      ...queries,
      ...(options.more ?? []),
    ),
  ) as Counts;
};

/** Rows, by user and query. */
async function vectorsIn(files: string): Promise<Map<string, readonly number[]>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT user_id, query, reference_time, embedding FROM '${files}'`,
  );
  const rows = reader.getRowsJS() as [string, string, number, number[]][];
  connection.closeSync();
  instance.closeSync();
  const vectors = new Map(
    rows.map(([user, query, time, embedding]) => [`${user} ${query} ${time}`, embedding]),
  );
  expect(vectors.size).toBe(rows.length);
  return vectors;
}

/** The largest distance between vectors of the same users, queries and reference times. */
async function distanceOf(one: string, other: string): Promise<number> {
  const [a, b] = [await vectorsIn(one), await vectorsIn(other)];
  expect([...a.keys()].toSorted()).toEqual([...b.keys()].toSorted());
  return Math.max(
    0,
    ...[...a].map(([key, vector]) => Math.hypot(...vector.map((x, i) => x - b.get(key)![i]!))),
  );
}

const vectors = (out: string): string => join(out, 'vectors', 'part-*.parquet');

beforeAll(async () => {
  root = await temporaryFolder();
  const random = createRandom(1);
  const training = await datasetOf(
    { bill: drawn(random, 300, [70, 130]), web: drawn(random, 200, [70, 130]) },
    { day: 100 },
  );
  run = join(root, 'run');
  await succeed('pairs', training, '--future', '2', '--uqa', '2', '--horizons', '14');
  hidden = join(root, 'hidden');
  const trained = ['--steps', '2', ...tinyModel];
  await succeed('pretrain', '--data', training, '--out', run, ...trained);
  await succeed(
    'pretrain',
    '--data',
    training,
    '--out',
    hidden,
    ...trained,
    '--embedding',
    'hidden',
  );
});

test.each([
  ['the head', () => run, 8],
  ['hidden states', () => hidden, 16],
])('as of the clock, vectors are those of embed, by %s', async (name, of, dimensions) => {
  const random = createRandom(2);
  const dataset = await datasetOf(
    { bill: drawn(random, 200, [80, 105]), web: drawn(random, 100, [80, 105]) },
    { day: 100 },
  );
  const [out, file] = [join(root, `daily ${name}`), join(root, `daily ${name}.parquet`)];
  const counts = await refresh(out, {
    datasets: [dataset],
    at: 99.3,
    more: ['--stale-days', '1'],
    of: of(),
  });
  expect(counts).toMatchObject({ users: 24, touched: 24, new: 24, removed: 0 });
  await succeed('embed', of(), '--data', dataset, '--out', file, ...queries);
  expect(await distanceOf(vectors(out), file)).toBeLessThan(1e-5);
  const [vector] = (await vectorsIn(vectors(out))).values();
  expect(vector).toHaveLength(dimensions);
});

test('day by day, late, again and out of order: what computing everything anew gives', async () => {
  const random = createRandom(3);
  const out = join(root, 'rolling');
  const parts = [
    await datasetOf(
      { bill: drawn(random, 60, [80, 99]), web: drawn(random, 40, [80, 99]) },
      { day: 99 },
    ),
  ];
  let sent: Event[] = [];
  let touched = 0;
  const days = [100, 101, 103, 106, 107];
  for (const day of days) {
    const [quiet, someWeb] = [day === 101, day !== 103];
    const bill = quiet ? [] : drawn(random, 3, [day - 1, day]);
    // Late ones, some from before the window, and some that were there yesterday already.
    const late = quiet ? [] : [...drawn(random, 1, [day - 15, day - 1]), ...sent.slice(0, 2)];
    const ahead = drawn(random, 1, [day, day + 2]);
    const web = someWeb ? drawn(random, 2, [day - 1, day]) : [];
    if (bill.length + late.length > 0) sent = [...bill, ...ahead];
    const delta = { bill: [...late, ...bill, ...ahead].toReversed(), web };
    parts.push(await datasetOf(delta, { day, users: [...users, `u${day}`] }));
    const counts = await refresh(out, { datasets: parts, at: day });
    if (day > 100) touched += counts.touched;
    if (day === 100 || day === 106) continue;
    const anew = join(root, `anew-${day}`);
    const all = await refresh(anew, {
      datasets: parts,
      at: day,
      more: ['--shard-users', '9'],
    });
    expect(all.touched).toBe(all.users);
    expect(await distanceOf(vectors(out), vectors(anew))).toBeLessThan(1e-5);
  }
  // Who did nothing is taken over on most days.
  expect(touched).toBeLessThan(0.75 * (days.length - 1) * users.length);
});

test('only what changed is embedded, only new texts are encoded, and the report says so', async () => {
  const random = createRandom(4);
  const base = await datasetOf(
    {
      bill: users.map((user) => [user, 95 + random.uniform() * 4, 'tea', 1]),
      web: users.map((user) => [user, 94 + random.uniform(), 'news', 2]),
    },
    { day: 99 },
  );
  const out = join(root, 'counted');
  const first = await refresh(out, { datasets: [base], at: 99 });
  expect(first).toMatchObject({ touched: 24, new: 24, textsEncoded: 2, textsFound: 0 });
  expect(await refresh(out, { datasets: [base], at: 99 })).toMatchObject({ touched: 0, users: 24 });
  const delta = await datasetOf(
    { bill: [['u3', 99.5, 'a new text', 1]], web: [['u4', 94.5, 'news', 3]] },
    { day: 100, users: ['u3', 'u4', 'u99'] },
  );
  const next = await refresh(out, { datasets: [base, delta], at: 100 });
  expect(next).toMatchObject({
    users: 25,
    touched: 3,
    new: 1,
    events: 2,
    time: 0,
    modalities: 2,
    textsEncoded: 1,
    textsFound: 2,
  });
  // By time alone: those whose last event was just seven days ago.
  const later = await refresh(out, { datasets: [base, delta], at: 104 });
  expect(later.time).toBeGreaterThan(0);
  expect(later).toMatchObject({ touched: later.time, new: 0, events: 0, textsEncoded: 0 });
  // Without the delta its user is no longer there.
  const back = await refresh(out, { datasets: [base], at: 104 });
  expect(back).toMatchObject({ users: 24, removed: 1, events: 2, time: 0 });
  const text = await succeed(
    'refresh',
    run,
    '--data',
    base,
    '--out',
    out,
    '--at',
    '104',
    ...queries,
  );
  expect(text).toContain('saved      100.0 % of the users');
});

test('what was cut off goes on, unless something changed; the vectors there stay until all are made', async () => {
  const random = createRandom(6);
  const events = { bill: drawn(random, 90, [90, 99]), web: drawn(random, 60, [90, 99]) };
  const base = await datasetOf(events, { day: 99 });
  const out = join(root, 'cut-off');
  await refresh(out, { datasets: [base], at: 98 });
  const before = await vectorsIn(vectors(out));
  const sharded = ['--shard-users', '4', '--stale-days', '1'];
  const args = ['refresh', run, '--data', base, '--out', out, '--at', '99', '--threads', '1'];

  const cutOff = async (): Promise<readonly string[]> => {
    const stop = new AbortController();
    const running = qAnchor([...args, ...queries, ...sharded], stop.signal);
    const made = async (): Promise<readonly string[]> =>
      (await readdir(join(out, '.next')).catch(() => [])).filter((name) => name.startsWith('part'));
    while ((await made()).length < 2) await sleep(5);
    stop.abort();
    expect((await running).code).toBe(130);
    return await made();
  };
  const made = await cutOff();
  expect(made.length).toBeLessThan(6);
  expect(await vectorsIn(vectors(out))).toEqual(before);
  await writeFile(join(out, '.next', '.part-00005.parquet.0123.partial'), 'half a shard');
  const { code, stdout, stderr } = await qAnchor([...args, ...queries, ...sharded, '--json']);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/Going on: [2-5] of 6 shards/u)]);
  expect(JSON.parse(stdout)).toMatchObject({ users: 24 });
  const anew = join(root, 'not-cut-off');
  const whole = await refresh(anew, { datasets: [base], at: 99, more: ['--stale-days', '1'] });
  expect(whole.touched).toBe(24);
  expect(await distanceOf(vectors(out), vectors(anew))).toBeLessThan(1e-5);
  expect((await readdir(out)).toSorted()).toEqual(['texts', 'vectors']);
  expect((await readdir(join(out, 'vectors'))).some((name) => name.endsWith('.partial'))).toBe(
    false,
  );

  args[args.indexOf('99')] = '101';
  await cutOff();
  args[args.indexOf('101')] = '102';
  const other = await qAnchor([...args, ...queries, ...sharded]);
  expect([other.code, other.stderr]).toEqual([0, expect.stringContaining('clock changed')]);
});

test('another model or other queries begin anew, a strange folder is refused', async () => {
  const random = createRandom(5);
  const base = await datasetOf(
    { bill: drawn(random, 50, [90, 99]), web: drawn(random, 50, [90, 99]) },
    { day: 99 },
  );
  const out = join(root, 'queries');
  await refresh(out, { datasets: [base], at: 99 });
  const more = ['--query', 'Why?'];
  const other = await refresh(out, { datasets: [base], at: 99, more });
  expect(other).toMatchObject({ touched: 24, new: 24, textsEncoded: 0 });
  expect((await vectorsIn(vectors(out))).size).toBe(3 * 24);
  const strange = await temporaryFolder();
  await writeFile(join(strange, 'thesis.txt'), 'x');
  const args = ['refresh', run, '--data', base, '--at', '99', '--query', ''];
  const { code, stderr } = await qAnchor([...args, '--out', strange]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('thesis.txt')]);
  expect(await readdir(strange)).toEqual(['thesis.txt']);
});

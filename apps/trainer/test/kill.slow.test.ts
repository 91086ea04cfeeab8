import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createRandom, digestOf, pathExists } from '@q-anchor/core';
import { beforeAll, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { startModelServer } from '../../../packages/useru/test/support/model-server.mjs';
import { qAnchor, qAnchorProcess, type Outcome } from './support/command.js';

let root: string;
let manifest: string;
/** What undisturbed commands make: a dataset without pairs, and one with. */
let imported: string;
let paired: string;

const modalities = ['bill', 'web', 'app', 'search'];
const pairOptions = ['--future', '3', '--uqa', '2', '--horizons', '14,30', '--shard', '40'];

beforeAll(async () => {
  root = await temporaryFolder();
  const random = createRandom(7);
  for (const name of modalities) {
    const lines = Array.from({ length: 30_000 }, (_, i) => {
      const user = Math.floor(random.uniform() ** 2 * 400);
      return `${user},${(random.uniform() * 130).toFixed(3)},${name} ${random.integer(50)},${i % 97}`;
    });
    await writeFile(join(root, `${name}.csv`), `u,day,what,price\n${lines.join('\n')}\n`);
  }
  const splits = ['train', 'train', 'validation', 'test'];
  const points = Array.from(
    { length: 400 },
    (_, u) => `${u},${splits[u % 4]},${u % 3 === 0 ? 1 : 0}`,
  );
  await writeFile(join(root, 'points.csv'), `u,split,label\n${points.join('\n')}\n`);
  manifest = join(root, 'shop.yaml');
  const point = 'select u as user_id, 95 as reference_time';
  const eventsOf = (name: string): string =>
    `select u as user_id, day as time, what as text, price as value from ${name}`;
  await writeFile(
    manifest,
    JSON.stringify({
      name: 'shop',
      sources: Object.fromEntries(['points', ...modalities].map((name) => [name, `${name}.csv`])),
      references: { sql: `${point}, split from points` },
      modalities: Object.fromEntries(
        modalities.map((name) => [name, { maxEvents: 50, sql: eventsOf(name) }]),
      ),
      tabular: { sql: 'select u as user_id, count(*) as bills from bill group by u' },
      scenarios: { third: { domain: 'test', query: 'Is it?', sql: `${point}, label from points` } },
    }),
  );
  imported = join(root, 'imported');
  paired = join(root, 'paired');
  for (const args of [
    ['import', manifest, '--out', imported],
    ['import', manifest, '--out', paired],
    ['pairs', paired, ...pairOptions],
  ]) {
    const { code, stderr } = await qAnchor([...args, '--quiet']);
    if (code !== 0) throw new Error(stderr);
  }
});

/** The digest of every file under a directory, hidden ones too. */
const filesOf = async (directory: string): Promise<Record<string, string>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }): Promise<[string, string]> => {
        const path = join(parentPath, name);
        return [path.slice(directory.length + 1), digestOf(await readFile(path))];
      }),
    ),
  );
};

/** Runs a command in a process of its own and kills it once `isTime`; false if it ended before. */
const killed = async (
  args: readonly string[],
  isTime: () => Promise<boolean>,
): Promise<boolean> => {
  const child = qAnchorProcess([...args, '--quiet']);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  while (child.exitCode === null && !(await isTime())) await sleep(4);
  child.kill('SIGKILL');
  return (await ended)[1] === 'SIGKILL';
};

/** How far an unfinished run is said to be. */
const found = ({ stderr }: Outcome): number => {
  const done = /Going on with an unfinished run: (\d+) of \d+/u.exec(stderr)?.[1];
  return done === undefined ? 0 : Number(done);
};

test('an import killed again and again gives the files of an undisturbed one', async () => {
  const out = join(root, 'shop');
  const args = ['import', manifest, '--out', out];
  const partial = async (): Promise<string | undefined> =>
    (await readdir(root)).find((name) => /^\.shop\..*\.partial$/u.test(name));
  const holds = async (path: string): Promise<boolean> => {
    const folder = await partial();
    return folder !== undefined && (await pathExists(join(root, folder, path)));
  };
  for (const marker of [
    '.scratch/import.duckdb',
    'references.parquet',
    'events/bill.parquet',
    'events/app.parquet',
    'tabular.parquet',
  ]) {
    expect([marker, await killed(args, () => holds(marker))]).toEqual([marker, true]);
    expect([await pathExists(out), await partial()]).toEqual([false, expect.any(String)]);
  }
  const resumed = await qAnchor(args);
  // 5 sources, the references and 4 modalities came before the last kill.
  expect([resumed.code, found(resumed)]).toEqual([0, expect.toSatisfy((n: number) => n >= 10)]);
  expect(await filesOf(out)).toEqual(await filesOf(imported));
  expect(await partial()).toBeUndefined();
});

test('an import of another manifest starts over, and says why', async () => {
  const out = join(root, 'changed');
  const isBegun = async (): Promise<boolean> => {
    const folder = (await readdir(root)).find((name) => name.startsWith('.changed.'));
    return folder !== undefined && (await pathExists(join(root, folder, 'references.parquet')));
  };
  expect(await killed(['import', manifest, '--out', out], isBegun)).toBe(true);
  const other = join(root, 'other.yaml');
  const text = await readFile(manifest, 'utf8');
  await writeFile(other, text.replace('"maxEvents":50', '"maxEvents":49'));
  const restarted = await qAnchor(['import', other, '--out', out]);
  expect([restarted.code, restarted.stderr]).toEqual([
    0,
    expect.stringContaining('Starting over: an unfinished run differs in the manifest'),
  ]);
  expect(found(restarted)).toBe(0);
  expect((await readdir(root)).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

test('pairs killed again and again are those of an undisturbed run', async () => {
  const draft = join(imported, '.pairs.partial');
  const args = ['pairs', imported, ...pairOptions];
  const shards = async (): Promise<number> =>
    (await readdir(join(draft, 'uqa')).catch(() => [])).filter((name) => /^\d/u.test(name)).length;
  const moments = [
    () => pathExists(join(draft, 'origin.json')),
    async () => (await shards()) >= 1,
    async () => (await shards()) >= 3,
    // A file of the next shard is being written, or was too soon there to be seen.
    async () =>
      (await shards()) >= 5 ||
      ((await shards()) >= 4 &&
        (await readdir(join(draft, 'future'))).some((name) => name.startsWith('.'))),
  ];
  for (const isTime of moments) {
    expect(await killed(args, isTime)).toBe(true);
    expect(await pathExists(join(imported, 'pairs'))).toBe(false);
  }
  const before = await shards();
  expect(before).toBeGreaterThanOrEqual(4);
  const resumed = await qAnchor(args);
  // 300 reference points of train and validation.
  expect([resumed.code, found(resumed)]).toEqual([0, 40 * before]);
  expect(await filesOf(imported)).toEqual(await filesOf(paired));
});

test('pairs of another seed start over, and former pairs stay until they are done', async () => {
  const draft = join(paired, '.pairs.partial', 'uqa', '00001.parquet');
  const undisturbed = await filesOf(join(paired, 'pairs'));
  const other = ['pairs', paired, ...pairOptions, '--seed', '2'];
  expect(await killed(other, () => pathExists(draft))).toBe(true);
  expect(await filesOf(join(paired, 'pairs'))).toEqual(undisturbed);
  const restarted = await qAnchor(['pairs', paired, ...pairOptions]);
  expect([restarted.code, restarted.stderr]).toEqual([
    0,
    expect.stringContaining('Starting over: an unfinished run differs in the options'),
  ]);
  expect(await filesOf(join(paired, 'pairs'))).toEqual(undisturbed);
  expect((await readdir(paired)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('pairs of a language model killed again and again are those of an undisturbed run', async () => {
  const [straight, halves] = [join(root, 'llm-straight'), join(root, 'llm-halves')];
  for (const out of [straight, halves]) {
    expect((await qAnchor(['import', manifest, '--out', out, '--quiet'])).code).toBe(0);
  }
  await using server = await startModelServer({
    // Some profiles never get a valid answer.
    faultOf: (_, { messages }) =>
      /"bill (?:7|23)"/u.test(messages[1]!.content) ? 'wrong-count' : undefined,
  });
  const flags = '--future 1 --uqa 2 --shard 40 --annotator llm --llm-model m --llm-attempts 2';
  const args = (out: string): string[] => [
    'pairs',
    out,
    ...`${flags} --llm-price-in 0.3 --llm-url ${server.url}`.split(' '),
  ];
  const undisturbed = await qAnchor([...args(straight), '--quiet']);
  expect([undisturbed.code, undisturbed.stdout]).toEqual([0, expect.stringContaining('skipped')]);
  const requests = server.requests.length;

  const lines = async (): Promise<number> =>
    (await readFile(join(halves, 'annotations', 'journal.jsonl'), 'utf8').catch(() => '')).split(
      '\n',
    ).length;
  for (const least of [20, 150, 400]) {
    expect(await killed(args(halves), async () => (await lines()) > least)).toBe(true);
    expect(await pathExists(join(halves, 'pairs'))).toBe(false);
  }
  expect((await qAnchor([...args(halves), '--quiet'])).code).toBe(0);
  expect(await filesOf(join(halves, 'pairs'))).toEqual(await filesOf(join(straight, 'pairs')));
  // Each kill cost the calls under way, four at most.
  expect(server.requests.length - requests).toBeLessThanOrEqual(requests + 3 * 4);
});

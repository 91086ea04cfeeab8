import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { importManifest, type Resumption } from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopManifest, type Shop } from '../shop.js';
import { filesOf } from '../support/files-of.js';

let shop: Shop;

/**
 * Imports into the output `from`, and lays beside the output `name` what a kill after a section would
 * have left.
 *
 * @returns where that is
 */
const leave = async (name: string, section: string, from = 'dataset'): Promise<string> => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const folder = dirname(shop.outputDir);
  const left = join(folder, `.${name}.${dead}.0a.partial`);
  await importManifest({
    ...shop,
    outputDir: join(folder, from),
    onProgress: (progress) => {
      if (progress.section !== section) return;
      const unfinished = readdirSync(folder).find((entry) => entry.startsWith(`.${from}.`));
      cpSync(join(folder, unfinished!), left, { recursive: true });
      // Half a file, and a folder of what did not fit into memory.
      writeFileSync(join(left, '.scratch', 'unfinished.parquet'), 'half');
      mkdirSync(join(left, '.scratch', 'spill'), { recursive: true });
      writeFileSync(join(left, '.scratch', 'spill', 'former.tmp'), 'much');
    },
  });
  return left;
};

/** Runs an import into `name` and tells what it did. */
const run = async (
  name: string,
  options: Partial<Parameters<typeof importManifest>[0]> = {},
): Promise<{ told: Resumption[]; sections: string[]; outputDir: string }> => {
  const told: Resumption[] = [];
  const sections: string[] = [];
  const outputDir = join(dirname(shop.outputDir), name);
  await importManifest({
    ...shop,
    outputDir,
    onResume: (resumption) => told.push(resumption),
    onProgress: ({ section, rows, done, total }) =>
      sections.push(`${section} ${rows} ${done}/${total}`),
    ...options,
  });
  return { told, sections, outputDir };
};

it.each(['sources.bought', 'references', 'modalities.bill', 'actions', 'scenarios.returns'])(
  'goes on after %s as if nothing had happened',
  async (section) => {
    shop = await openShop();
    await leave('killed', section);
    const undisturbed = await run('undisturbed');
    const { told, sections, outputDir } = await run('killed');
    const done = sections.findIndex((line) => line.startsWith(section)) + 1;
    expect(told).toEqual([{ kind: 'resumed', done, total: 8 }]);
    expect(sections).toEqual(undisturbed.sections);
    expect(await filesOf(outputDir)).toEqual(await filesOf(undisturbed.outputDir));
    expect((await readdir(dirname(outputDir))).toSorted()).toEqual([
      'dataset',
      'killed',
      'undisturbed',
    ]);
  },
);

it('goes on after a second kill', async () => {
  shop = await openShop();
  await leave('killed', 'references');
  await leave('again', 'actions', 'killed');
  const { told, outputDir } = await run('again');
  expect(told).toEqual([{ kind: 'resumed', done: 7, total: 8 }]);
  expect(await filesOf(outputDir)).toEqual(await filesOf(shop.outputDir));
});

it('does a section again that was cut short', async () => {
  shop = await openShop();
  const left = await leave('killed', 'sources.bought');
  const instance = await DuckDBInstance.create(join(left, '.scratch', 'import.duckdb'));
  const connection = await instance.connect();
  await connection.run('CREATE TABLE customers AS SELECT 1 AS half');
  await connection.run('CREATE VIEW reference_points AS SELECT 1 AS half');
  connection.closeSync();
  instance.closeSync();
  const { told, outputDir } = await run('killed');
  expect(told).toEqual([{ kind: 'resumed', done: 1, total: 8 }]);
  expect(await filesOf(outputDir)).toEqual(await filesOf(shop.outputDir));
});

it('removes what the memory of the killed one did not hold before it goes on', async () => {
  shop = await openShop();
  await leave('killed', 'actions');
  const folder = dirname(shop.outputDir);
  const spilled: string[][] = [];
  await run('killed', {
    onProgress: () => {
      const unfinished = readdirSync(folder).find((entry) => entry.startsWith('.killed.'));
      const spill = join(folder, unfinished!, '.scratch', 'spill');
      spilled.push(existsSync(spill) ? readdirSync(spill) : []);
    },
  });
  expect(new Set(spilled.flat())).not.toContain('former.tmp');
  expect(spilled).toHaveLength(8);
});

it('notes which software worked', async () => {
  shop = await openShop();
  const left = await leave('killed', 'references');
  const key = JSON.parse(await readFile(join(left, '.scratch', 'key.json'), 'utf8'));
  const version = 'version of this software';
  expect(key[version]).toMatch(/^\d+\.\d+, DuckDB v\d/u);
  await writeFile(join(left, '.scratch', 'key.json'), JSON.stringify({ ...key, [version]: '0.0' }));
  expect((await run('killed')).told).toEqual([{ kind: 'restarted', reason: `the ${version}` }]);
});

it('does not do again what is done', async () => {
  const manifest = shopManifest();
  manifest.tables = { drawn: { sql: 'select random() as number' } };
  manifest.modalities['bill']!['sql'] =
    'select customer as user_id, day as time, what as text, number as value from bought, drawn';
  shop = await openShop(manifest);
  await leave('killed', 'tables.drawn');
  const { outputDir } = await run('killed');
  const bytes = async (directory: string) => (await filesOf(directory))['events/bill.parquet'];
  expect(await bytes(outputDir)).toBe(await bytes(shop.outputDir));
  expect(await bytes((await run('other')).outputDir)).not.toBe(await bytes(shop.outputDir));
});

it.each([
  ['the number of threads', () => ({ threads: 2 })],
  [
    'the manifest',
    () => {
      const manifest = shopManifest();
      manifest.modalities['bill']!['maxEvents'] = 5;
      writeFileSync(shop.manifestPath, JSON.stringify(manifest));
    },
  ],
  [
    'the manifest and the files',
    () => {
      const manifest = shopManifest();
      manifest.sources['bought'] = 'copy.csv';
      writeFileSync(shop.manifestPath, JSON.stringify(manifest));
      const folder = dirname(shop.manifestPath);
      cpSync(join(folder, 'bought.csv'), join(folder, 'copy.csv'));
    },
  ],
])('starts over where %s differ', async (reason, change) => {
  shop = await openShop();
  await leave('killed', 'modalities.bill');
  const { told, outputDir } = await run('killed', change() ?? {});
  expect(told).toEqual([{ kind: 'restarted', reason }]);
  expect(Object.keys(await filesOf(outputDir))).toHaveLength(6);
  expect((await readdir(dirname(outputDir))).toSorted()).toEqual(['dataset', 'killed']);
});

it.each([
  ['time of change', (file: string) => utimesSync(file, 2, 2)],
  [
    'size',
    (file: string) => {
      appendFileSync(file, 'a,8,bread,2.5,food\n');
      utimesSync(file, 1, 1);
    },
  ],
  ['name', (file: string) => renameSync(file, file.replace('.csv', '-2.csv'))],
])('starts over where the %s of a file is another', async (_, change) => {
  const manifest = shopManifest();
  manifest.sources['bought'] = 'bought*.csv';
  shop = await openShop(manifest);
  const file = join(dirname(shop.manifestPath), 'bought.csv');
  utimesSync(file, 1, 1);
  await leave('killed', 'modalities.bill');
  change(file);
  const { told } = await run('killed');
  expect(told).toEqual([{ kind: 'restarted', reason: 'the files' }]);
});

it.each(['', '{"manifest": "', 'null', '5', '"text"'])(
  'starts over quietly where the key is no key: %s',
  async (key) => {
    shop = await openShop();
    const left = await leave('killed', 'modalities.bill');
    await writeFile(join(left, '.scratch', 'key.json'), key);
    const { told, outputDir } = await run('killed');
    expect(told).toEqual([]);
    expect(await filesOf(outputDir)).toEqual(await filesOf(shop.outputDir));
  },
);

it('starts over quietly where the kill came before the beginning', async () => {
  shop = await openShop();
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  mkdirSync(join(dirname(shop.outputDir), `.dataset.${dead}.0a.partial`, 'events'), {
    recursive: true,
  });
  expect((await run('dataset')).told).toEqual([]);
  expect(await readdir(dirname(shop.outputDir))).toEqual(['dataset']);
});

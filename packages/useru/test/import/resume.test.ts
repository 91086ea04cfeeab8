import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { importManifest, type Resumption } from '@q-anchor/useru';
import { afterEach, expect, it } from 'vitest';

import { openShop, shopManifest, type Shop } from '../shop.js';
import { filesOf } from '../support/files-of.js';

let shop: Shop;
afterEach(() => shop.remove());

/** Imports, and lays beside the output `name` what a kill after a section would have left. */
const leave = async (name: string, section: string): Promise<void> => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const folder = dirname(shop.outputDir);
  await importManifest({
    ...shop,
    onProgress: (progress) => {
      if (progress.section !== section) return;
      const unfinished = readdirSync(folder).find((entry) => entry.startsWith('.dataset.'));
      const left = join(folder, `.${name}.${dead}.0a.partial`);
      cpSync(join(folder, unfinished!), left, { recursive: true });
      // Half a file, and a folder of what did not fit into memory.
      writeFileSync(join(left, '.scratch', 'unfinished.parquet'), 'half');
    },
  });
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
  ['the files', () => utimesSync(join(dirname(shop.manifestPath), 'bought.csv'), 1, 1)],
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

it('starts over quietly where the kill came before the beginning', async () => {
  shop = await openShop();
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  mkdirSync(join(dirname(shop.outputDir), `.dataset.${dead}.0a.partial`, 'events'), {
    recursive: true,
  });
  expect((await run('dataset')).told).toEqual([]);
  expect(await readdir(dirname(shop.outputDir))).toEqual(['dataset']);
});

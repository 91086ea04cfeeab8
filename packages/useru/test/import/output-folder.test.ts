import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { importManifest } from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopManifest } from '../shop.js';

it('refuses a folder with something in it, unless told to replace it', async () => {
  const shop = await openShop();
  await mkdir(shop.outputDir);
  await importManifest(shop);
  await expect(importManifest(shop)).rejects.toThrow(/expected a new or empty folder/u);
  await writeFile(join(shop.outputDir, 'old.txt'), 'old');
  await importManifest({ ...shop, overwrite: true });
  expect(await readdir(shop.outputDir)).not.toContain('old.txt');
  expect(await readdir(join(shop.root, 'out'))).toEqual(['dataset']);
});

it('leaves nothing behind when it is stopped', async () => {
  const shop = await openShop();
  const controller = new AbortController();
  const stopped = importManifest({
    ...shop,
    signal: controller.signal,
    onProgress: ({ section }) => {
      if (section === 'tabular') controller.abort(new Error('enough'));
    },
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(await readdir(join(shop.root, 'out'))).toEqual([]);
});

it('interrupts a query that runs', async () => {
  const manifest = shopManifest();
  manifest.modalities['bill']!['sql'] =
    `select 'a' as user_id, 1 as time, 'x' as text from range(1000000000000) where range % 7 = 9`;
  const shop = await openShop(manifest);
  const controller = new AbortController();
  const stopped = importManifest({
    ...shop,
    signal: controller.signal,
    onProgress: ({ section }) => {
      if (section === 'references') setTimeout(() => controller.abort(new Error('enough')), 50);
    },
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(await readdir(join(shop.root, 'out'))).toEqual([]);
});

it('removes what a killed import left, and leaves alone what a running one makes', async () => {
  const shop = await openShop();
  // Process ids end below 2 ** 22, so this one is nobody's.
  const dead = join(shop.root, 'out', `.dataset.${2 ** 22 + 1}.00000000.partial`);
  const alive = join(shop.root, 'out', `.dataset.${process.ppid}.00000000.partial`);
  await mkdir(join(dead, '.scratch'), { recursive: true });
  await mkdir(alive);
  await importManifest(shop);
  expect((await readdir(join(shop.root, 'out'))).toSorted()).toEqual([
    `.dataset.${process.ppid}.00000000.partial`,
    'dataset',
  ]);
});

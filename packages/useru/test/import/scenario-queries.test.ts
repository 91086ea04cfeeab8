import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { digestOf, type Digestible } from '@q-anchor/core';
import { importManifest, openDataset } from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopManifest } from '../shop.js';

const returns = 'Will this customer return?';
const soon = 'How soon will this customer be back?';

const importedWith = async (query: unknown) => {
  const manifest = shopManifest();
  manifest.scenarios['returns']!['query'] = query;
  const shop = await openShop(manifest);
  const info = await importManifest(shop);
  const path = join(shop.outputDir, 'dataset.json');
  const stored = JSON.parse(await readFile(path, 'utf8')) as { scenarios: object[] };
  return { info, path, stored, directory: shop.outputDir };
};

const queriesIn = async (directory: string): Promise<readonly (readonly string[])[]> => {
  await using dataset = await openDataset(directory);
  return dataset.info.scenarios.map(({ queries }) => queries);
};

it('one question is stored as text, a list of one as the same dataset', async () => {
  const single = await importedWith(returns);
  expect(single.info.scenarios[0]!.queries).toEqual([returns]);
  expect(single.stored.scenarios).toEqual([
    { name: 'returns', domain: 'engagement', query: returns },
  ]);
  expect(await queriesIn(single.directory)).toEqual([[returns]]);
  const list = await importedWith([returns]);
  expect(list.info).toEqual(single.info);
});

it('the digest is that of the stored form: of one question the same as ever', async () => {
  const { stored, info, directory } = await importedWith(returns);
  const { digest, ...content } = stored as unknown as Record<string, Digestible>;
  const names = ['actions', 'events/bill', 'labels/returns', 'references', 'tabular'];
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(directory, `${name}.parquet`));
      return [`${name}.parquet`, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
  expect(digest).toBe(info.digest);
  expect(digestOf({ content, files: Object.fromEntries(files) as Digestible })).toBe(digest);
});

it('several are stored as a list in their order, and read again', async () => {
  const several = await importedWith([soon, returns]);
  expect(several.info.scenarios[0]!.queries).toEqual([soon, returns]);
  expect(several.stored.scenarios).toEqual([
    { name: 'returns', domain: 'engagement', query: [soon, returns] },
  ]);
  expect(await queriesIn(several.directory)).toEqual([[soon, returns]]);
  const { info } = await importedWith([returns, soon]);
  expect(info.digest).not.toBe(several.info.digest);
});

it('a dataset.json with something else for a query is an error', async () => {
  const { path, directory } = await importedWith(returns);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(`"${returns}"`, '[]'));
  await expect(openDataset(directory)).rejects.toThrow(
    /found scenarios without name, domain or query/u,
  );
});

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { DuckDBInstance } from '@duckdb/node-api';
import { importManifest } from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopFiles, shopManifest } from '../shop.js';
import { contentOf } from '../support/content-of.js';

it('reads CSV with options, gzip, globs and JSON lines from another folder', async () => {
  const manifest = shopManifest();
  manifest.sources = {
    bought: 'parts/*.jsonl',
    customers: { path: 'customers.asc', options: { delim: ';', nullstr: '?' } },
    points: 'points.csv.gz',
  };
  const line = (customer: string, day: number, what: string): string =>
    JSON.stringify({ customer, day, what, price: 1, kind: 'food' });
  const shop = await openShop(manifest, {
    '../data/parts/1.jsonl': `${line('a', 1, 'bread')}\n${line('b', 2, 'tea')}\n`,
    '../data/parts/2.jsonl': `${line('a', 3, 'salt')}\n`,
    '../data/customers.asc': '"customer";"city";"age"\r\n"a";"?";30\r\n"b";"Lyon";?\r\n',
    '../data/points.csv.gz': gzipSync(shopFiles()['points.csv']!),
  });
  const info = await importManifest({ ...shop, dataDir: join(shop.root, 'data') });
  expect(info.counts.events['bill']?.rows).toBe(3);
  const { profiles } = await contentOf(shop.outputDir);
  expect(profiles[0]?.tabular).toEqual({ city: null, age: 30 });
  expect(profiles[1]?.tabular).toEqual({ city: 'Lyon', age: null });
});

it.each(['csv', 'csv.gz', 'csv.zst', 'json', 'json.gz', 'json.zst', 'parquet'])(
  'reads a folder of .%s files, however deep',
  async (ending) => {
    const shop = await openShop();
    const folder = join(dirname(shop.manifestPath), 'bought');
    await mkdir(join(folder, 'deep'), { recursive: true });
    await writeFile(join(folder, 'README'), 'not a part of the data');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const format = ending.split('.')[0]!;
    const compression = { gz: ', COMPRESSION gzip', zst: ', COMPRESSION zstd' };
    for (const [name, half] of [
      ['1', 'day < 4'],
      ['deep/2', 'day >= 4'],
    ] as const) {
      const path = join(folder, `${name}.${ending}`);
      await connection.run(
        `COPY (SELECT * FROM read_csv('${join(dirname(shop.manifestPath), 'bought.csv')}') WHERE ${half})
         TO '${path}' (FORMAT ${format}${compression[ending.split('.')[1] as 'gz'] ?? ''})`,
      );
    }
    connection.closeSync();
    const expected = await importManifest(shop);
    const manifest = shopManifest();
    manifest.sources['bought'] = 'bought';
    await writeFile(shop.manifestPath, JSON.stringify(manifest));
    const outputDir = `${shop.outputDir}-of-folder`;
    const { digest } = await importManifest({ ...shop, outputDir });
    expect(digest).toBe(expected.digest);
  },
);

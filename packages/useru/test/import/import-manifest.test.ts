import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { importManifest, readDatasetInfo, type DatasetInfo } from '@q-anchor/useru';
import { expect, it } from 'vitest';

import { openShop, shopFiles, shopManifest } from '../shop.js';
import { contentOf } from '../support/content-of.js';
import { filesOf } from '../support/files-of.js';

it('makes a dataset and counts what it kept and left out', async () => {
  const shop = await openShop();
  const sections: string[] = [];
  const info = await importManifest({
    ...shop,
    onProgress: ({ section, done, total }) => sections.push(`${section} ${done}/${total}`),
  });
  expect(sections).toEqual([
    'sources.bought 1/8',
    'sources.customers 2/8',
    'sources.points 3/8',
    'references 4/8',
    'modalities.bill 5/8',
    'tabular 6/8',
    'actions 7/8',
    'scenarios.returns 8/8',
  ]);
  expect(info).toEqual<DatasetInfo>({
    name: 'shop',
    formatVersion: 2,
    windowDays: 90,
    modalities: [{ name: 'bill', maxEvents: 10, maxTokens: 50 }],
    scenarios: [{ name: 'returns', domain: 'engagement', queries: ['Will this customer return?'] }],
    tabular: {
      columns: [
        { name: 'city', kind: 'category' },
        { name: 'age', kind: 'numeric' },
      ],
      byReference: false,
    },
    counts: {
      references: { test: 2, train: 2, validation: 2 },
      users: 6,
      usersWithoutEvents: 1,
      events: {
        bill: {
          rows: 7,
          users: 5,
          skipped: { withoutText: 1, withoutReference: 1 },
          repeatedTimes: 1,
        },
      },
      actions: { rows: 7, users: 5, skipped: {} },
      tabular: { rows: 3, users: 3, skipped: { withoutReference: 1 } },
      labels: {
        returns: {
          test: { users: 2, positives: 1 },
          train: { users: 2, positives: 1 },
          validation: { users: 2, positives: 1 },
        },
      },
    },
    digest: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
  });
  expect(await readDatasetInfo(shop.outputDir)).toEqual(info);
  expect(JSON.parse(await readFile(join(shop.outputDir, 'dataset.json'), 'utf8'))).toEqual({
    ...info,
    scenarios: [{ name: 'returns', domain: 'engagement', query: 'Will this customer return?' }],
  });
  expect(Object.keys(await filesOf(shop.outputDir)).toSorted()).toEqual([
    'actions.parquet',
    'dataset.json',
    'events/bill.parquet',
    'labels/returns.parquet',
    'references.parquet',
    'tabular.parquet',
  ]);
  expect(await readdir(join(shop.root, 'out'))).toEqual(['dataset']);
});

it('keeps what texts call modalities, and nothing where nothing is said', async () => {
  const plain = await importManifest(await openShop());
  expect(plain).not.toHaveProperty('modalityWords');
  const manifest = shopManifest();
  manifest.modalities['bill']!['words'] = 'purchases';
  const info = await importManifest(await openShop(manifest));
  expect(info.modalityWords).toEqual({ bill: 'purchases' });
  expect(info.digest).not.toBe(plain.digest);
});

it('takes all events as actions, under their category or else their text', async () => {
  const shop = await openShop();
  await importManifest(shop);
  const { actions } = await contentOf(shop.outputDir);
  expect(actions.find(({ userId }) => userId === 'a')?.actions).toEqual([
    { timeDays: -9, modality: 'bill', category: 'food', value: 2.5 },
    { timeDays: -7, modality: 'bill', category: 'home', value: 4 },
    { timeDays: -7, modality: 'bill', category: 'home', value: 40 },
  ]);
  expect(actions.find(({ userId }) => userId === 'd')?.actions).toEqual([
    { timeDays: -5, modality: 'bill', category: 'chair', value: 60 },
  ]);
});

it('takes actions from SQL of their own, which may read the events', async () => {
  const manifest = shopManifest();
  manifest.actions = {
    sql: `select user_id, time + 20 as time, nullif(upper(text), 'TEA') as category from events_bill`,
  };
  const shop = await openShop(manifest);
  const info = await importManifest(shop);
  expect(info.counts.actions).toEqual({
    rows: 5,
    users: 3,
    skipped: { withoutCategory: 2, withoutReference: 0 },
  });
  const { actions } = await contentOf(shop.outputDir);
  expect(actions[1]?.actions).toEqual([{ timeDays: 19.5, modality: 'action', category: 'BREAD' }]);
});

it('gives byte-equal directories for equal rows in another order', async () => {
  const files = shopFiles();
  const [head = '', ...rows] = files['bought.csv']!.trim().split('\n');
  const first = await openShop();
  const second = await openShop(shopManifest(), {
    ...files,
    'bought.csv': `${[head, ...rows.toReversed()].join('\n')}\n`,
  });
  await importManifest(first);
  await importManifest(second);
  expect(await filesOf(second.outputDir)).toEqual(await filesOf(first.outputDir));
  const third = await openShop(shopManifest(), {
    ...files,
    'bought.csv': `${[head, ...rows.slice(1)].join('\n')}\n`,
  });
  const other = await importManifest(third);
  const { digest } = JSON.parse(
    await readFile(join(first.outputDir, 'dataset.json'), 'utf8'),
  ) as DatasetInfo;
  expect(other.digest).not.toBe(digest);
});

it('reads dates, timestamps and their texts as days since 1970', async () => {
  const manifest = shopManifest();
  manifest.references.sql = `select customer as user_id, date '1970-01-11' as reference_time, split from points`;
  manifest.modalities = {
    dated: {
      maxEvents: 9,
      sql: `select 'a' as user_id, timestamp '1970-01-02 12:00:00' as time, 'x' as text`,
    },
    zoned: {
      maxEvents: 9,
      sql: `select 'a' as user_id, timestamptz '1970-01-03 02:00:00+02:00' as time, 'x' as text`,
    },
    worded: {
      maxEvents: 9,
      sql: `select 'a' as user_id, unnest(['1970-01-04', '1970-01-05T06:00:00']) as time, 'x' as text`,
    },
    counted: { maxEvents: 9, sql: `select 'a' as user_id, 6.25 as time, 'x' as text` },
  };
  manifest.scenarios['returns']!['sql'] =
    `select customer as user_id, '1970-01-11' as reference_time, returned as label from points`;
  const shop = await openShop(manifest);
  await importManifest(shop);
  const { references, profiles } = await contentOf(shop.outputDir);
  expect(references[0]).toEqual({ userId: 'a', referenceDays: 10, split: 'train' });
  expect(profiles[0]?.events).toEqual({
    dated: [{ timeDays: 1.5, text: 'x' }],
    zoned: [{ timeDays: 2, text: 'x' }],
    worded: [
      { timeDays: 3, text: 'x' },
      { timeDays: 4.25, text: 'x' },
    ],
    counted: [{ timeDays: 6.25, text: 'x' }],
  });
});

it('gives each reference time of a user its own profile, by window, caps and order', async () => {
  const manifest = shopManifest();
  manifest.windowDays = 5;
  manifest.sources = { points: 'points.csv' };
  manifest.references.sql =
    "select 'a' as user_id, unnest([10, 12.5, 15]) as reference_time, 'train' as split";
  // One a day, backwards, each of them named by its day; at 10 and at 15 a reference stands.
  manifest.modalities = {
    all: {
      maxEvents: 9,
      sql: `select 'a' as user_id, 20 - range as time, 'day ' || time as text from range(20)`,
    },
    few: {
      maxEvents: 2,
      sql: `select 'a' as user_id, 20 - range as time, 'day ' || time as text from range(20)`,
    },
  };
  delete manifest.tabular;
  manifest.scenarios = {};
  const shop = await openShop(manifest);
  await importManifest(shop);
  const { profiles } = await contentOf(shop.outputDir);
  const days = (name: string) =>
    profiles.map(({ events }) => events[name]!.map(({ timeDays }) => timeDays));
  expect(profiles.map(({ referenceDays }) => referenceDays)).toEqual([10, 12.5, 15]);
  expect(days('all')).toEqual([
    [5, 6, 7, 8, 9],
    [8, 9, 10, 11, 12],
    [10, 11, 12, 13, 14],
  ]);
  expect(days('few')).toEqual([
    [8, 9],
    [11, 12],
    [13, 14],
  ]);
});

it('computes tables once, in order, for the SQL after them', async () => {
  const manifest = shopManifest();
  manifest.tables = {
    food: { sql: "select * from bought where kind = 'food'" },
    tea: { sql: "select * from food where what = 'tea' -- a comment at the end" },
  };
  manifest.modalities['bill']!['sql'] =
    'select customer as user_id, day as time, what as text from tea';
  const shop = await openShop(manifest);
  const info = await importManifest(shop);
  expect(info.counts.events['bill']).toMatchObject({ rows: 2, users: 2 });
});

it('says which manifest is missing', async () => {
  const missing = importManifest({ manifestPath: 'nowhere.yaml', outputDir: 'never' });
  await expect(missing).rejects.toThrow(/^nowhere\.yaml: expected a readable file, found no file/u);
  await expect(missing).rejects.toSatisfy((reason: unknown) => InputError.isInstance(reason));
});

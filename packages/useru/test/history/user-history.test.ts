import { createRandom, InputError } from '@q-anchor/core';
import {
  importManifest,
  openDataset,
  openUserHistory,
  type ReferencePoint,
  type UserHistory,
} from '@q-anchor/useru';
import { describe, expect, test } from 'vitest';

import { openShop, shopManifest, type ShopManifest } from '../shop.js';

type Event = readonly [user: string, day: number, text: string, price?: number];

/** A dataset of two kinds of events; a kind without events is left out. */
async function datasetOf(
  bought: readonly Event[],
  options: {
    readonly viewed?: readonly Event[];
    readonly cities?: readonly string[];
    readonly users?: readonly string[];
    readonly change?: (manifest: ShopManifest) => void;
  } = {},
): Promise<string> {
  const { viewed = [], cities = [], users = ['a', 'b', 'c', 'é', 'z'] } = options;
  const lines = (events: readonly Event[]): string =>
    `customer,day,what,price\n${events.map(([u, d, t, p = '']) => `${u},${d},${t},${p}`).join('\n')}\n`;
  const manifest = shopManifest();
  const modality = (name: string) => ({
    maxEvents: 3,
    sql: `select customer as user_id, day as time, what as text, price::double as value from ${name}`,
  });
  manifest.sources = {
    points: 'points.csv',
    ...(bought.length > 0 && { bought: 'bought.csv' }),
    ...(viewed.length > 0 && { viewed: 'viewed.csv' }),
    ...(cities.length > 0 && { customers: 'customers.csv' }),
  };
  manifest.modalities = {
    ...(bought.length > 0 && { bill: modality('bought') }),
    ...(viewed.length > 0 && { web: modality('viewed') }),
  };
  manifest.windowDays = 20;
  if (cities.length > 0) {
    manifest.tabular = {
      sql: 'select customer as user_id, day as reference_time, city from customers',
    };
  } else delete manifest.tabular;
  manifest.scenarios = {};
  options.change?.(manifest);
  const shop = await openShop(manifest, {
    'bought.csv': lines(bought),
    'viewed.csv': lines(viewed),
    'customers.csv': `customer,day,city\n${cities.join('\n')}\n`,
    'points.csv': `customer,day,split\n${users.flatMap((user) => [1, 9, 20, 30].map((day) => `${user},${day},train`)).join('\n')}\n`,
  });
  await importManifest({ manifestPath: shop.manifestPath, outputDir: shop.outputDir });
  return shop.outputDir;
}

const profilesOf = async (
  history: Pick<UserHistory, 'profiles'>,
  references: readonly ReferencePoint[],
) => {
  const profiles = [];
  for await (const batch of history.profiles(references, { batchSize: 2 })) profiles.push(...batch);
  return profiles;
};

const at = (referenceDays: number, ...users: string[]): ReferencePoint[] =>
  users.map((userId) => ({ userId, referenceDays }));

describe('a single dataset', () => {
  test('profiles are those of the dataset itself, equal events counted as often as they are', async () => {
    const directory = await datasetOf(
      [
        ['a', 12, 'tea', 3],
        ['a', 12, 'tea', 3],
        ['a', 5, 'bread'],
        ['b', 29.5, 'late'],
        ['a', 30, 'ahead'],
      ],
      { viewed: [['a', 25, 'home']], cities: ['a,30,Ghent', 'b,30,Lyon'] },
    );
    await using history = await openUserHistory([directory]);
    await using dataset = await openDataset(directory);
    const references = at(30, 'b', 'a', 'c', 'é');
    expect(await profilesOf(history, references)).toEqual(await profilesOf(dataset, references));
    expect(history.info.digest).toBe(dataset.info.digest);
  });

  test('users by their bytes, with the newest event before a time, in ranges', async () => {
    const directory = await datasetOf([
      ['a', 12, 'tea'],
      ['a', 14, 'bread'],
      ['é', 3, 'lamp'],
    ]);
    await using history = await openUserHistory([directory]);
    expect(await history.userIds()).toEqual(['a', 'b', 'c', 'z', 'é']);
    expect(await history.lastEvents(14)).toEqual([
      { userId: 'a', lastEventDays: 12 },
      { userId: 'b' },
      { userId: 'c' },
      { userId: 'z' },
      { userId: 'é', lastEventDays: 3 },
    ]);
    expect(await history.lastEvents(15, { from: 'a', until: 'c' })).toEqual([
      { userId: 'a', lastEventDays: 14 },
      { userId: 'b' },
    ]);
    expect(await history.lastEvents(15, { from: 'z' })).toHaveLength(2);
  });

  test('contents are equal where what is seen is, and differ by modality where it does not', async () => {
    const directory = await datasetOf(
      [
        ['a', 10, 'tea', 3],
        ['b', 10, 'tea', 3],
        ['c', 10, 'tea', 3.5],
      ],
      { viewed: [['b', 25, 'home']], cities: ['a,9,Ghent', 'b,9,Ghent', 'c,9,Ghent', 'a,30,Lyon'] },
    );
    await using history = await openUserHistory([directory]);
    const [a, b, c, later, gone, nobody] = await history.contents([
      ...at(29, 'a', 'b', 'c'),
      ...at(30, 'a'),
      ...at(31, 'a'),
      ...at(30, 'z'),
    ]);
    expect(b!.modalities[0]).toBe(a!.modalities[0]);
    expect(c!.modalities[0]).not.toBe(a!.modalities[0]);
    expect([a, b, c].map((one) => one!.modalities[1] === '0')).toEqual([true, false, true]);
    expect(new Set([a, b, c].map((one) => one!.features)).size).toBe(1);
    // The city as of the reference, and the event that falls out of the window a day later.
    expect(later!.modalities).toEqual(a!.modalities);
    expect(later!.features).not.toBe(a!.features);
    expect(gone!.modalities).toEqual(['0', '0']);
    expect(nobody).toEqual({ modalities: ['0', '0'], features: '' });
  });
});

describe('days that follow', () => {
  test('late, out of order and again: as if all had come in time', async () => {
    const random = createRandom(5);
    const draw = (): Event =>
      [
        ['a', 'b', 'c'][random.integer(3)]!,
        5 + random.integer(30) / 2,
        ['tea', 'bread', 'lamp'][random.integer(3)]!,
        ...(random.uniform() < 0.5 ? [random.integer(2)] : []),
      ] as unknown as Event;
    const base = Array.from({ length: 30 }, draw);
    const monday = Array.from({ length: 12 }, draw);
    const tuesday = Array.from({ length: 12 }, draw);
    const again = [...base.slice(0, 6), ...monday.slice(0, 3)];
    const directories = [
      await datasetOf(base),
      await datasetOf([...monday, ...base.slice(2, 9)]),
      await datasetOf([...tuesday, ...again].toReversed()),
    ] as const;
    const keyOf = (event: Event): string => event.join();
    const counted = (events: readonly Event[]): Map<string, number> => {
      const counts = new Map<string, number>();
      for (const event of events) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1);
      return counts;
    };
    // Of each event as many as in the dataset with most of it.
    const most = new Map<string, number>();
    for (const events of [base, [...monday, ...base.slice(2, 9)], [...tuesday, ...again]]) {
      for (const [key, count] of counted(events))
        most.set(key, Math.max(count, most.get(key) ?? 0));
    }
    const merged = [...most].flatMap(([key, count]) =>
      Array.from({ length: count }, () => key.split(',') as unknown as Event),
    );
    await using history = await openUserHistory(directories);
    await using whole = await openUserHistory([await datasetOf(merged)]);
    const references = [...at(20, 'a', 'b', 'c'), ...at(26, 'c', 'a'), ...at(17.5, 'b')];
    expect(await profilesOf(history, references)).toEqual(await profilesOf(whole, references));
    expect(await history.contents(references)).toEqual(await whole.contents(references));
    expect(await history.lastEvents(17)).toEqual(await whole.lastEvents(17));
  });

  test('new users, missing kinds of events and a newer profile', async () => {
    const base = await datasetOf([['a', 10, 'tea']], {
      viewed: [['a', 11, 'home']],
      cities: ['a,9,Ghent', 'b,9,Oslo'],
    });
    const delta = await datasetOf([['new', 21, 'lamp']], {
      cities: ['a,20,Lyon', 'new,20,Bern'],
      users: ['new', 'a'],
    });
    await using history = await openUserHistory([base, delta]);
    expect(await history.userIds()).toEqual(['a', 'b', 'c', 'new', 'z', 'é']);
    const [a, b, added, early] = await profilesOf(history, [
      ...at(25, 'a', 'b', 'new'),
      ...at(15, 'a'),
    ]);
    expect([a, b, added, early].map((one) => one!.tabular['city'])).toEqual([
      'Lyon',
      'Oslo',
      'Bern',
      'Ghent',
    ]);
    expect(a!.events).toEqual({
      bill: [{ timeDays: 10, text: 'tea' }],
      web: [{ timeDays: 11, text: 'home' }],
    });
    expect(added!.events['bill']).toHaveLength(1);
  });

  test.each<[string, Parameters<typeof datasetOf>[1], RegExp]>([
    ['a further kind of event', { viewed: [['a', 1, 'x']] }, /modalities: expected bill/u],
    ['other features', { cities: ['a,1,Rome'] }, /tabular: expected none/u],
    ['another window', { change: (manifest) => void (manifest.windowDays = 5) }, /windowDays/u],
  ])('%s is refused', async (_, options, message) => {
    const act = openUserHistory([
      await datasetOf([['a', 10, 'tea']]),
      await datasetOf([['a', 11, 'tea']], options),
    ]);
    await expect(act).rejects.toThrow(message);
    await expect(act).rejects.toSatisfy((error) => InputError.isInstance(error));
  });
});

import { readdir, rm, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom, type UserEvent, type UserProfile } from '@q-anchor/core';
import {
  importManifest,
  openDataset,
  readDatasetInfo,
  type Dataset,
  type ReferencePoint,
  type UserActions,
} from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openShop, type Shop } from '../shop.js';

interface Visit {
  readonly user: string;
  readonly day: number;
  readonly what: string;
  readonly price: number | null;
}

const users = 20;
const windowDays = 12;
const maxEvents = { few: 4, many: 1000 };
const random = createRandom(11);
/** Days come in quarters, so that events meet the edges of windows and each other. */
const visits = Array.from({ length: 900 }, (): Visit => ({
  user: `u${random.integer(users)}`,
  day: random.integer(160) / 4,
  what: random.pick(['tea', 'bread', 'lamp', 'salt']),
  price: random.uniform() < 0.2 ? null : random.integer(50),
}));
const points: readonly ReferencePoint[] = Array.from({ length: users }, (_, i) =>
  [20, 24, 24.25, 40].map((referenceDays) => ({ userId: `u${i}`, referenceDays })),
).flat();

/** The order of the files: user, time, text, value with null last. */
const sorted = (list: readonly Visit[]): Visit[] =>
  list.toSorted(
    (a, b) =>
      a.day - b.day ||
      (a.what < b.what ? -1 : a.what > b.what ? 1 : 0) ||
      (a.price ?? Infinity) - (b.price ?? Infinity),
  );

const slowEvents = (point: ReferencePoint, most: number): UserEvent[] =>
  sorted(
    visits.filter(
      ({ user, day }) =>
        user === point.userId &&
        day < point.referenceDays &&
        day >= point.referenceDays - windowDays,
    ),
  )
    .slice(-most)
    .map(({ day, what, price }) =>
      price === null ? { timeDays: day, text: what } : { timeDays: day, text: what, value: price },
    );

const profilesOf = async (
  dataset: Dataset,
  list: readonly ReferencePoint[],
  batchSize?: number,
): Promise<UserProfile[]> => {
  const profiles: UserProfile[] = [];
  const sizes: number[] = [];
  const options = batchSize === undefined ? {} : { batchSize };
  for await (const batch of dataset.profiles(list, options)) {
    profiles.push(...batch);
    sizes.push(batch.length);
  }
  expect(sizes.slice(0, -1).every((size) => size === batchSize)).toBe(true);
  return profiles;
};

let shop: Shop;
let dataset: Dataset;

beforeAll(async () => {
  const sql =
    'select "user" as user_id, day as time, what as text, price as value, what as category from visits';
  shop = await openShop(
    {
      name: 'visits',
      windowDays,
      sources: { visits: 'visits.csv', points: 'points.csv' },
      references: {
        sql: `select "user" as user_id, day as reference_time, 50 as observed_until,
          'as ' || reference_time as fold,
          case when "user" < 'u15' then 'train' else 'test' end as split from points`,
      },
      modalities: {
        few: { maxEvents: maxEvents.few, sql },
        many: { maxEvents: maxEvents.many, sql },
      },
      tabular: {
        sql: `select user_id, reference_time, reference_time * 2 as twice, 'of ' || user_id as "the ""name"""
          from reference_points where user_id <> 'u3'`,
      },
      scenarios: {
        odd: {
          domain: 'test',
          query: 'Is the number odd?',
          sql: `select user_id, reference_time, substr(user_id, 2)::int % 2 as label
            from reference_points where reference_time = 24`,
        },
      },
    },
    {
      'visits.csv': [
        'user,day,what,price',
        ...visits.map(({ user, day, what, price }) => `${user},${day},${what},${price ?? ''}`),
      ].join('\n'),
      'points.csv': [
        'user,day',
        ...points.map(({ userId, referenceDays }) => `${userId},${referenceDays}`),
      ].join('\n'),
    },
  );
  await importManifest(shop);
  dataset = await openDataset(shop.outputDir);
});

afterAll(() => dataset[Symbol.asyncDispose]());

describe('references and labels', () => {
  it('come by user and time, with split and end of observation', async () => {
    const all = await dataset.references();
    expect(all).toHaveLength(points.length);
    expect(all[0]).toEqual({
      userId: 'u0',
      referenceDays: 20,
      split: 'train',
      observedUntilDays: 50,
      fold: 'as 20.0',
    });
    const test = await dataset.references({ splits: ['test'] });
    expect(test).toEqual(all.filter(({ split }) => split === 'test'));
    expect(new Set(test.map(({ userId }) => userId))).toEqual(
      new Set(['u15', 'u16', 'u17', 'u18', 'u19', ...'23456789'.split('').map((d) => `u${d}`)]),
    );
  });

  it('labels carry their split', async () => {
    const labels = await dataset.labels('odd');
    expect(labels).toHaveLength(users);
    expect(labels.find(({ userId }) => userId === 'u17')).toEqual({
      userId: 'u17',
      referenceDays: 24,
      split: 'test',
      fold: 'as 24.0',
      label: 1,
    });
    await expect(dataset.labels('even')).rejects.toThrow(/expected one of odd, found "even"/u);
  });
});

describe('profiles', () => {
  it.each([1, 7, 1000])('equal a slow reading, in batches of %i', async (batchSize) => {
    const order = createRandom(3).shuffled([...points, ...points.slice(0, 9)]);
    const profiles = await profilesOf(dataset, order, batchSize);
    expect(profiles).toHaveLength(order.length);
    for (const [i, profile] of profiles.entries()) {
      const point = order[i]!;
      expect(profile).toEqual({
        ...point,
        events: {
          few: slowEvents(point, maxEvents.few),
          many: slowEvents(point, maxEvents.many),
        },
        tabular:
          point.userId === 'u3'
            ? { twice: null, 'the "name"': null }
            : { twice: point.referenceDays * 2, 'the "name"': `of ${point.userId}` },
      });
    }
  });

  it('hold nothing from the reference time on, though there is some', async () => {
    const userId = visits[0]!.user;
    const days = visits.filter(({ user }) => user === userId).map(({ day }) => day);
    const known = days.find((day) => day >= windowDays)!;
    const [profile] = await profilesOf(dataset, [{ userId, referenceDays: known }]);
    const times = profile!.events['many']!.map(({ timeDays }) => timeDays);
    expect(Math.max(...times)).toBeLessThan(known);
    const [later] = await profilesOf(dataset, [{ userId, referenceDays: known + windowDays }]);
    expect(Math.min(...later!.events['many']!.map(({ timeDays }) => timeDays))).toBe(known);
    const [outside] = await profilesOf(dataset, [
      { userId, referenceDays: known + windowDays + 0.001 },
    ]);
    expect(outside!.events['many']!.map(({ timeDays }) => timeDays)).not.toContain(known);
  });

  it('of users that are not there, and of no references, are empty', async () => {
    const [profile] = await profilesOf(dataset, [{ userId: 'nobody', referenceDays: 20 }]);
    expect(profile?.events).toEqual({ few: [], many: [] });
    expect(await profilesOf(dataset, [])).toEqual([]);
  });

  it('can be left half-way, and read twice at the same time', async () => {
    for await (const batch of dataset.profiles(points, { batchSize: 3 })) {
      expect(batch).toHaveLength(3);
      break;
    }
    const [one, two] = await Promise.all([
      profilesOf(dataset, points, 5),
      profilesOf(dataset, points.toReversed(), 11),
    ]);
    expect(two.toReversed()).toEqual(one);
  });

  it('stop at a signal', async () => {
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const batch of dataset.profiles(points, {
        batchSize: 2,
        signal: controller.signal,
      })) {
        expect(batch).toHaveLength(2);
        controller.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
    expect(await profilesOf(dataset, points.slice(0, 1))).toHaveLength(1);
  });
});

describe('actions', () => {
  it('equal a slow reading on both sides of the reference', async () => {
    const actions: UserActions[] = [];
    const range = { fromDays: -3, toDays: 5, batchSize: 13 };
    for await (const batch of dataset.actions(points, range)) actions.push(...batch);
    for (const [i, { userId, referenceDays }] of points.entries()) {
      const own = visits.filter(
        ({ user, day }) => user === userId && day >= referenceDays - 3 && day < referenceDays + 5,
      );
      const expected = ['few', 'many'].flatMap((modality) =>
        own.map(({ day, what, price }) => ({
          timeDays: day - referenceDays,
          modality,
          category: what,
          ...(price === null ? {} : { value: price }),
        })),
      );
      const key = (action: object): string => JSON.stringify(action);
      expect(actions[i]!.actions.map(key).toSorted()).toEqual(expected.map(key).toSorted());
      const times = actions[i]!.actions.map(({ timeDays }) => timeDays);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('refuse a range that is none', () => {
    expect(() => dataset.actions(points, { fromDays: 0, toDays: Number.NaN })).toThrow(
      /toDays: expected a number of days, found NaN/u,
    );
  });
});

describe('opening', () => {
  it('refuses what is no dataset, of another version, or not whole', async () => {
    await expect(openDataset(shop.root)).rejects.toThrow(/found no readable dataset\.json/u);
    const other = await openShop();
    await importManifest(other);
    await rm(join(other.outputDir, 'events', 'bill.parquet'));
    await expect(openDataset(other.outputDir)).rejects.toThrow(
      /expected the file events\/bill\.parquet/u,
    );
    const path = join(other.outputDir, 'dataset.json');
    const info = await readFile(path, 'utf8');
    await writeFile(path, info.replace('"formatVersion": 2', '"formatVersion": 3'));
    await expect(readDatasetInfo(other.outputDir)).rejects.toThrow(/found format version 3/u);
  });

  it('changes nothing in the directory', async () => {
    expect((await readdir(shop.outputDir)).toSorted()).toEqual([
      'actions.parquet',
      'dataset.json',
      'events',
      'labels',
      'references.parquet',
      'tabular.parquet',
    ]);
  });
});

import { InputError, ShapeError } from '@q-anchor/core';
import { collateUsers, keptEvents, userInputNames, type PrefixLayout } from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

import { collate, config, event, profile, specialId, users } from '../fixtures.js';

const texts = (list: readonly { readonly text: string }[]): string[] => list.map((e) => e.text);

describe('kept events', () => {
  const kept = (events: Parameters<typeof profile>[1]) => keptEvents(profile('u', events), config);

  test('caps keep the newest, oldest first', () => {
    const bill = ['rent', 'coffee', 'tram', 'milk', 'loan', 'gift'].map((text, i) =>
      event(90 + i, text),
    );
    expect(texts(kept({ bill })[0]!)).toEqual(['tram', 'milk', 'loan', 'gift']);
  });

  test('unsorted events are sorted before the cap', () => {
    const bill = [event(99, 'gift'), event(10, 'rent'), event(98, 'loan'), event(97, 'milk')];
    expect(texts(kept({ bill: [...bill, event(50, 'tram')] })[0]!)).toEqual([
      'tram',
      'milk',
      'loan',
      'gift',
    ]);
  });

  test('equal times keep the order they came in, across the cap too', () => {
    const bill = ['rent', 'coffee', 'tram', 'milk', 'loan'].map((text) => event(95, text));
    expect(texts(kept({ bill })[0]!)).toEqual(['coffee', 'tram', 'milk', 'loan']);
  });

  test('nothing at or after the reference time, and nothing without a time', () => {
    const bill = [
      event(99.999999, 'rent'),
      event(100, 'loan'),
      event(100.5, 'gift'),
      event(Number.NaN, 'milk'),
    ];
    expect(texts(kept({ bill })[0]!)).toEqual(['rent']);
  });

  test('a modality that is not declared is not read', () => {
    expect(kept({ other: [event(1, 'rent')] })).toEqual([[], [], []]);
  });
});

test('slots follow the layout, constants stand for header and markers', () => {
  const user = profile('u', { bill: [event(98, 'rent'), event(99, 'loan')] });
  const { feeds, prefixLengths } = collateUsers([user], collate);
  // Header twice, user, two modality tokens, [bill] two events [/bill], [tabular] one [/tabular].
  expect(prefixLengths).toEqual([2 + 1 + 2 + 4 + 3]);
  expect([...feeds[userInputNames.constantTokens]!.data].map(Number)).toEqual([
    1,
    2,
    ...['bill', 'mini-app', 'spm', 'tabular'].flatMap((name) => [
      specialId(`<|${name}_start|>`),
      specialId(`<|${name}_end|>`),
    ]),
  ]);
  // Rows: 0 zero, 1 user, 2-5 modalities, 6-7 header, 8-15 markers, 16-17 bill, one row each for
  // the two modalities without events, 20 the profile.
  expect([...feeds[userInputNames.slots]!.data].map(Number)).toEqual([
    6, 7, 1, 2, 5, 8, 16, 17, 9, 14, 20, 15,
  ]);
});

test('padding is row 0 in segment -1; positions count from 0', () => {
  const { feeds, prefixLengths } = collateUsers(users, collate);
  const [batch, length] = feeds[userInputNames.slots]!.shape as [number, number];
  expect(batch).toBe(users.length);
  expect(length).toBe(Math.max(...prefixLengths));
  const row = (name: string, b: number): number[] =>
    [...feeds[name]!.data.subarray(b * length, (b + 1) * length)].map(Number);
  for (const [b, own] of prefixLengths.entries()) {
    const rest = length - own;
    expect(row(userInputNames.segments, b)).toEqual([
      ...Array<number>(own).fill(0),
      ...Array<number>(rest).fill(-1),
    ]);
    expect(row(userInputNames.positions, b).slice(0, own)).toEqual([...Array(own).keys()]);
    expect(row(userInputNames.slots, b).slice(own)).toEqual(Array(rest).fill(0));
    const used = row(userInputNames.slots, b).slice(0, own);
    expect(new Set(used).size).toBe(own);
    expect(used).not.toContain(0);
  }
});

test('no row of the token table is used by two users', () => {
  const { feeds } = collateUsers(users, collate);
  const used = [...feeds[userInputNames.slots]!.data].map(Number).filter((row) => row > 0);
  expect(new Set(used).size).toBe(used.length);
});

test('another layout is obeyed', () => {
  const summaryLast: PrefixLayout = {
    name: 'summary-last',
    arrange: ({ eventCounts }) => [
      ...eventCounts.flatMap((count, modality) =>
        Array.from({ length: count }, (_, index) => ({
          kind: 'event' as const,
          modality,
          event: index,
        })),
      ),
      { kind: 'user' },
    ],
  };
  const user = profile('u', { bill: [event(98, 'rent'), event(99, 'loan')] });
  const { feeds } = collateUsers([user], { ...collate, layout: summaryLast });
  expect([...feeds[userInputNames.slots]!.data].map(Number)).toEqual([16, 17, 20, 1]);
});

describe('mistakes', () => {
  test('no users', () => {
    expect(() => collateUsers([], collate)).toThrow(InputError);
  });

  test('a tabular schema of another size', () => {
    expect(() => collateUsers(users, { ...collate, tabular: { columns: [] } })).toThrow(
      /4 features.*found 0/,
    );
  });

  test('a text embedding of another width', () => {
    const textEmbedding = (): Float32Array => new Float32Array(3);
    expect(() => collateUsers(users, { ...collate, textEmbedding })).toThrow(ShapeError);
  });
});

import type { UserProfile } from '@q-anchor/core';
import { fitTabularSchema, tabularFeatureCount, tabularFeatures } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

import { profile } from '../fixtures.js';

const fit = (...rows: readonly UserProfile['tabular'][]) =>
  fitTabularSchema(rows.map((tabular, i) => profile(`${i}`, {}, tabular)));

test('numbers are centred and scaled, levels ordered by frequency, columns by name', () => {
  const schema = fit(
    { city: 'Rome', age: 20 },
    { city: 'Oslo', age: 40 },
    { city: 'Oslo', age: 60 },
    { city: 'Rome', age: null },
    { city: 'Oslo' },
  );
  expect(schema.columns.map((c) => c.name)).toEqual(['age', 'city']);
  const [age, city] = schema.columns;
  expect(age).toMatchObject({ kind: 'number', mean: 40 });
  expect(age).toHaveProperty('deviation', expect.closeTo(Math.sqrt(800 / 3), 10));
  expect(city).toEqual({ kind: 'category', name: 'city', levels: ['Oslo', 'Rome'] });
  expect(tabularFeatureCount(schema)).toBe(4);
  expect([...tabularFeatures({ age: 40, city: 'Rome' }, schema)]).toEqual([0, 0, 0, 1]);
});

test('missing numbers, missing and unseen levels', () => {
  const schema = fit(
    { age: 1, city: 'a' },
    { age: 3, city: 'a' },
    { age: 5, city: 'null' },
    {
      city: 'null',
    },
  );
  expect([...tabularFeatures({}, schema)]).toEqual([0, 1, 0, 0]);
  expect([...tabularFeatures({ age: null, city: null }, schema)]).toEqual([0, 1, 0, 0]);
  expect([...tabularFeatures({ age: Number.NaN, city: 'z' }, schema)]).toEqual([0, 1, 0, 0]);
  // A level that is called like nothing is one all the same.
  expect([...tabularFeatures({ age: 3, city: 'null' }, schema)]).toEqual([0, 0, 0, 1]);
});

test('text in a numeric column is missing; numbers in a column of text are levels', () => {
  const numeric = fit({ age: 1 }, { age: 3 });
  expect([...tabularFeatures({ age: 'three' }, numeric)]).toEqual([0, 1]);
  const mixed = fit({ code: 7 }, { code: 7 }, { code: 'A' }, { code: 'A' }, { code: 'A' });
  expect(mixed.columns[0]).toMatchObject({ levels: ['A', '7'] });
  expect([...tabularFeatures({ code: 7 }, mixed)]).toEqual([0, 1]);
});

test('a constant column is zero where it was fitted, not rounding noise', () => {
  const schema = fit({ rate: 0.1 }, { rate: 0.1 }, { rate: 0.1 });
  expect(schema.columns[0]).toEqual({ kind: 'number', name: 'rate', mean: 0.1, deviation: 1 });
  expect([...tabularFeatures({ rate: 0.1 }, schema)]).toEqual([0, 0]);
});

test('extremes are cut at 5, a column without any value is all missing', () => {
  const schema = fit({ a: 0, b: null }, { a: 2, b: null });
  expect([...tabularFeatures({ a: 1e9 }, schema)]).toEqual([5, 0, 0, 1]);
  expect([...tabularFeatures({ a: -1e9, b: 1 }, schema)]).toEqual([-5, 0, 1, 0]);
});

test('a level seen once is unknown, and at most 64 are kept', () => {
  expect(fit({ city: 'a' }, { city: 'b' }, { city: 'b' }).columns[0]).toMatchObject({
    levels: ['b'],
  });
  const rows = Array.from({ length: 200 }, (_, i) => ({ city: `c${i % 100}` }));
  expect(fit(...rows).columns[0]).toHaveProperty('levels.length', 64);
});

test('no columns, no features', () => {
  expect(fit().columns).toEqual([]);
  expect(tabularFeatures({ age: 3 }, fit())).toHaveLength(0);
});

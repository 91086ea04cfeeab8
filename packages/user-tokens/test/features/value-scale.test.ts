import { fitValueScales, valueFeatures } from '@q-anchor/user-tokens';
import { expect, test } from 'vitest';

import { event, profile } from '../fixtures.js';

test('mean and population deviation by modality; a modality without values is left out', () => {
  const scales = fitValueScales([
    profile('a', { bill: [event(1, 'x', 2), event(2, 'x')], spm: [event(1, 'x')] }),
    profile('b', { bill: [event(1, 'x', 4), event(2, 'x', 9)] }),
  ]);
  expect(Object.keys(scales)).toEqual(['bill']);
  expect(scales['bill']!.mean).toBeCloseTo(5, 12);
  expect(scales['bill']!.deviation).toBeCloseTo(Math.sqrt(26 / 3), 12);
});

test('equal values have deviation 1, whatever their binary form', () => {
  const bill = Array.from({ length: 7 }, (_, i) => event(i, 'x', 0.1));
  expect(fitValueScales([profile('a', { bill })])['bill']).toEqual({ mean: 0.1, deviation: 1 });
});

test('large offsets lose nothing', () => {
  const bill = [1e9, 1e9 + 1, 1e9 + 2].map((value, i) => event(i, 'x', value));
  expect(fitValueScales([profile('a', { bill })])['bill']!.deviation).toBeCloseTo(
    Math.sqrt(2 / 3),
    6,
  );
});

test('values that are not finite are no values', () => {
  const bill = [event(1, 'x', Number.NaN), event(2, 'x', Infinity), event(3, 'x', 3)];
  expect(fitValueScales([profile('a', { bill })])['bill']).toEqual({ mean: 3, deviation: 1 });
});

test('features: known and standardised, cut at 5', () => {
  const scale = { mean: 10, deviation: 4 };
  expect(valueFeatures(12, scale)).toEqual([1, 0.5]);
  expect(valueFeatures(-1000, scale)).toEqual([1, -5]);
  expect(valueFeatures(1000, scale)).toEqual([1, 5]);
  expect(valueFeatures(undefined, scale)).toEqual([0, 0]);
  expect(valueFeatures(Number.NaN, scale)).toEqual([0, 0]);
  expect(valueFeatures(12, undefined)).toEqual([0, 0]);
});

import { expect, test } from 'vitest';

import { rotaryTable } from '@q-anchor/backbone';
import { createGraph } from '@q-anchor/graph';

import { numbersOf } from './support/decoder-runs.js';

const table = (dtype: 'float32' | 'float64', base = 10000) => {
  const { cosines, sines } = rotaryTable(createGraph(), { positions: 50, size: 6, base, dtype });
  expect([cosines.shape, sines.shape]).toEqual([
    [50, 3],
    [50, 3],
  ]);
  return { cosines: numbersOf(cosines.constant!), sines: numbersOf(sines.constant!) };
};

test('position 0 is not turned, and the first pair turns by 1 radian a position', () => {
  const { cosines, sines } = table('float64');
  expect(cosines.slice(0, 3)).toEqual([1, 1, 1]);
  expect(sines.slice(0, 3)).toEqual([0, 0, 0]);
  expect([cosines[3 * 7], sines[3 * 7]]).toEqual([Math.cos(7), Math.sin(7)]);
});

test('float64 angles are exact', () => {
  const { cosines, sines } = table('float64');
  for (let position = 0; position < 50; position++) {
    for (let i = 0; i < 3; i++) {
      const angle = position / 10000 ** ((2 * i) / 6);
      expect(cosines[3 * position + i]).toBeCloseTo(Math.cos(angle), 14);
      expect(sines[3 * position + i]).toBeCloseTo(Math.sin(angle), 14);
    }
  }
});

test('float32 angles are rounded before their cosine is taken, as in PyTorch', () => {
  const frequency = Math.fround(1 / Math.fround(10000 ** Math.fround(4 / 6)));
  const angle = Math.fround(49 * frequency);
  const { cosines, sines } = table('float32');
  expect(cosines[3 * 49 + 2]).toBe(Math.fround(Math.cos(angle)));
  expect(sines[3 * 49 + 2]).toBe(Math.fround(Math.sin(angle)));
});

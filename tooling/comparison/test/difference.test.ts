import { describe, expect, test } from 'vitest';

import { differenceOf, differenceRow } from '../src/difference.js';

const label = { name: 'model', quantity: 'states' };

describe('differenceOf', () => {
  test('by hand', () => {
    const { relative, absolute } = differenceOf([3, 4.5], [3, 4]);
    expect(relative).toBeCloseTo(0.1, 12);
    expect(absolute).toBe(0.5);
    expect(differenceOf([1, -2], [1, -2])).toEqual({ relative: 0, absolute: 0 });
  });

  test.each([
    ['fewer numbers', [1], [1, 2]],
    ['more numbers', [1, 2, 3], [1, 2]],
    ['no numbers', [], []],
    ['NaN of ours', [NaN, 2], [1, 2]],
    ['NaN of theirs', [1, 2], [1, NaN]],
    ['infinity on both sides', [Infinity], [Infinity]],
  ])('%s: never met', (_, ours, theirs) => {
    expect(differenceOf(ours, theirs)).toEqual({ relative: Infinity, absolute: Infinity });
    expect(differenceRow(label, { ours, theirs }).isMet).toBe(false);
  });
});

test('a row needs both differences within the tolerance', () => {
  const met = (ours: number[], theirs: number[]) => differenceRow(label, { ours, theirs }).isMet;
  expect(met([1.00005], [1])).toBe(true);
  // Relative alone: small numbers that are far off.
  expect(met([2e-5], [1e-5])).toBe(false);
  // Absolute alone: large numbers that are near.
  expect(met([1000.001], [1000])).toBe(false);
});

import { describe, expect, test } from 'vitest';

import { comparisonRow, relativeError } from '../src/compare.js';

describe('relativeError', () => {
  test('is the length of the difference over that of the golden', () => {
    expect(relativeError([3, 4.5], [3, 4])).toBeCloseTo(0.1, 15);
    expect(relativeError([1, 2], [1, 2])).toBe(0);
  });

  test('is symmetric in sign and free of scale', () => {
    const error = relativeError([1, 2.2, 3], [1, 2, 3]);
    expect(relativeError([-1, -2.2, -3], [-1, -2, -3])).toBe(error);
    for (const scale of [1e-200, 1e200]) {
      expect(
        relativeError([scale, 2.2 * scale, 3 * scale], [scale, 2 * scale, 3 * scale]),
      ).toBeCloseTo(error, 12);
    }
  });

  test('against zeros is the length of ours', () => {
    expect(relativeError([0, 0], [0, 0])).toBe(0);
    expect(relativeError([3, 4], [0, 0])).toBe(5);
  });

  test.each([
    ['another size', [1, 2], [1, 2, 3]],
    ['NaN of ours', [1, Number.NaN], [1, 2]],
    ['NaN of the golden', [1, 2], [1, Number.NaN]],
    ['infinity', [1, Infinity], [1, 2]],
    ['infinity on both sides', [1, Infinity], [1, Infinity]],
  ])('is infinite with %s', (_, actual, expected) => {
    expect(relativeError(actual, expected)).toBe(Infinity);
  });
});

describe('comparisonRow', () => {
  const pairs = [
    { label: 'good', actual: [1], expected: [1] },
    { label: 'bad', actual: [1.1], expected: [1] },
  ];

  test('has the largest error and names its tensor', () => {
    const row = comparisonRow('row', { pairs, tolerance: 1e-3 });
    expect(row).toMatchObject({ name: 'row', tolerance: 1e-3, verdict: 'miss' });
    expect(row.error).toBeCloseTo(0.1, 12);
    expect(row.remark).toBe('worst of 2: bad');
  });

  test('passes up to and at the tolerance', () => {
    expect(comparisonRow('row', { pairs: pairs.slice(0, 1), tolerance: 0 }).verdict).toBe('pass');
    expect(comparisonRow('row', { pairs, tolerance: 0.2 }).verdict).toBe('pass');
  });

  test('never passes on what is not finite', () => {
    const broken = [{ label: 'all', actual: [Number.NaN], expected: [1] }];
    expect(comparisonRow('row', { pairs: broken, tolerance: 1 }).verdict).toBe('miss');
    expect(comparisonRow('row', { pairs: broken, tolerance: Infinity }).error).toBe(Infinity);
  });

  test('says so where sizes differ', () => {
    const other = [{ label: 'all', actual: [1, 2], expected: [1] }];
    expect(comparisonRow('row', { pairs: other, tolerance: 1 }).remark).toBe(
      '2 numbers, the golden has 1',
    );
  });

  test('fails with nothing to compare', () => {
    expect(comparisonRow('row', { pairs: [], tolerance: 1 }).verdict).toBe('failed');
  });
});

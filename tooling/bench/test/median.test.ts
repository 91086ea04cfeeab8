import { describe, expect, test } from 'vitest';

import { median } from '../src/median.js';

describe('median', () => {
  test('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([7])).toBe(7);
  });

  test('is the mean of the middle two of an even number', () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  test('compares numbers, not texts, and leaves its input alone', () => {
    const values = [100, 9, 20];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });

  test('refuses none and NaN', () => {
    expect(() => median([])).toThrow(/at least one value/);
    expect(() => median([1, Number.NaN])).toThrow(/finite/);
  });
});

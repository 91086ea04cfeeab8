import { activityLevel, levelCuts, valueLevel } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

describe('levelCuts', () => {
  it('interpolates between order statistics', () => {
    expect(levelCuts([5, 1, 2, 4, 3])).toEqual([1.8, 2.6, 3.4, 4.2]);
  });

  it('has no cut for an empty sample and equal cuts for one value', () => {
    expect(levelCuts([])).toEqual([]);
    expect(levelCuts([7])).toEqual([7, 7, 7, 7]);
  });

  it('splits a large sample into fifths', () => {
    const values = Array.from({ length: 1000 }, (_, i) => ((i * 389) % 1000) + 1);
    const cuts = levelCuts(values);
    const counts = new Map<string, number>();
    for (const value of values) {
      const level = activityLevel(value, cuts);
      counts.set(level, (counts.get(level) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({
      'very low': 200,
      low: 200,
      moderate: 200,
      high: 200,
      'very high': 200,
    });
  });
});

describe('level words', () => {
  const cuts = [1, 3, 10, 20];

  it('keeps none for zero', () => {
    expect([0, 1, 2, 4, 11, 21].map((count) => activityLevel(count, cuts))).toEqual([
      'none',
      'very low',
      'low',
      'moderate',
      'high',
      'very high',
    ]);
  });

  it('words scores and amounts differently', () => {
    expect(valueLevel(99, { cuts, kind: 'score' })).toBe('excellent');
    expect(valueLevel(99, { cuts, kind: 'amount' })).toBe('very high');
    expect(valueLevel(0, { cuts, kind: 'score' })).toBe('very low');
  });

  it('gives the middle of its levels to a value that many have, and keeps the order', () => {
    expect([1, 2, 3].map((count) => activityLevel(count, [1, 1, 1, 2]))).toEqual([
      'low',
      'high',
      'very high',
    ]);
    expect(activityLevel(7, [7, 7, 7, 7])).toBe('moderate');
  });
});

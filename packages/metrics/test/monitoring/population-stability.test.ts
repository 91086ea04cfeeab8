import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { populationStability } from '@q-anchor/metrics';

const draw = (seed: number, users: number, mean = 0): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: users }, () => random.normal() + mean);
};

describe('populationStability', () => {
  test('by hand: halves become a quarter and three quarters', () => {
    const { index, bins, byChance } = populationStability({
      expected: [1, 2, 3, 4],
      actual: [1, 3, 4, 9],
      bins: 2,
    });
    expect(bins.map(({ from, to }) => [from, to])).toEqual([
      [-Infinity, 2],
      [2, Infinity],
    ]);
    expect(bins.map((bin) => [bin.expectedShare, bin.actualShare])).toEqual([
      [0.5, 0.25],
      [0.5, 0.75],
    ]);
    expect(index).toBeCloseTo(-0.25 * Math.log(0.5) + 0.25 * Math.log(1.5), 14);
    expect(byChance).toBe(0.5);
  });

  test('an empty bin counts half a user', () => {
    const { index } = populationStability({ expected: [1, 2], actual: [5, 6, 7, 8], bins: 2 });
    expect(index).toBeCloseTo((1 / 8 - 0.5) * Math.log(1 / 4) + 0.5 * Math.log(2), 14);
  });

  test('equal scores stay in one bin', () => {
    const expected = [0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
    const { bins, index } = populationStability({ expected, actual: expected });
    expect(bins.map(({ to }) => to)).toEqual([0, 1, 2, Infinity]);
    expect(bins[0]!.expectedShare).toBe(0.7);
    expect(index).toBe(0);
    expect(populationStability({ expected: [4, 4], actual: [4] }).bins).toHaveLength(1);
  });

  test('what has not moved is near what chance leaves, what moved is far above', () => {
    let sum = 0;
    for (let seed = 0; seed < 60; seed++) {
      sum += populationStability({
        expected: draw(2 * seed, 2000),
        actual: draw(2 * seed + 1, 1000),
      }).index;
    }
    expect(sum / 60 / (9 * (1 / 2000 + 1 / 1000))).toBeCloseTo(1, 0.7);
    const moved = populationStability({ expected: draw(1, 2000), actual: draw(2, 1000, 0.6) });
    expect(moved.index).toBeGreaterThan(0.25);
  });

  test('neither the order of users nor a monotone map matters', () => {
    const [expected, actual] = [draw(3, 200), draw(4, 150, 0.3)];
    const { index } = populationStability({ expected, actual });
    const mapped = (scores: number[]) => scores.toReversed().map((s) => Math.exp(s));
    expect(
      populationStability({ expected: mapped(expected), actual: mapped(actual) }).index,
    ).toBeCloseTo(index, 14);
  });

  test.each([
    [{ expected: [] }, 'expected: expected at least one score, found none'],
    [{ actual: [] }, 'actual: expected at least one score'],
    [{ actual: [Number.NaN] }, 'actual[0]'],
    [{ bins: 1 }, 'bins: expected an integer of 2 or more, found 1'],
  ])('%o is refused', (change, message) => {
    const measure = () => populationStability({ expected: [1, 2], actual: [1, 2], ...change });
    expect(measure).toThrow(message);
    expect(measure).toThrow(InputError);
  });
});

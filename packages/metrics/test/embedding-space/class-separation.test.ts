import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { classSeparation } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';

const golden = readGolden('embedding-space') as {
  readonly points: ReadonlyArray<readonly number[]>;
  readonly labels: readonly number[];
  readonly calinski_harabasz: number;
  readonly davies_bouldin: number;
};

describe('classSeparation', () => {
  test('scikit-learn agrees', () => {
    const { calinskiHarabasz, daviesBouldin } = classSeparation({
      data: golden.points.flat(),
      rows: 60,
      columns: 4,
      labels: golden.labels,
    });
    expect(calinskiHarabasz).toBeCloseTo(golden.calinski_harabasz, 11);
    expect(daviesBouldin).toBeCloseTo(golden.davies_bouldin, 12);
  });

  test('by hand: pairs on a line', () => {
    // Means 1 and 7 around 4: B = 4 * 9, W = 4 * 1; widths 1 and 1, 6 apart.
    const sample = { data: [0, 2, 6, 8], rows: 4, columns: 1, labels: [5, 5, -1, -1] };
    expect(classSeparation(sample)).toEqual({
      betweenShare: 0.9,
      calinskiHarabasz: 18,
      daviesBouldin: 1 / 3,
    });
  });

  test('neither the order of points nor scale and place matter', () => {
    const random = createRandom(1);
    const labels = Array.from({ length: 30 }, (_, i) => i % 3);
    const rows = labels.map((label) => [random.normal() + label, random.normal()]);
    const of = (points: number[][], own: number[]) =>
      classSeparation({ data: points.flat(), rows: 30, columns: 2, labels: own });
    const first = of(rows, labels);
    const moved = of(
      rows.toReversed().map((row) => row.map((x) => 100 - 7 * x)),
      labels.toReversed(),
    );
    expect(moved.betweenShare).toBeCloseTo(first.betweenShare, 12);
    expect(moved.daviesBouldin).toBeCloseTo(first.daviesBouldin, 12);
  });

  test('at the ends: groups in one place each, and groups around one mean', () => {
    const apart = { data: [1, 1, 4, 4], rows: 4, columns: 1, labels: [0, 0, 1, 1] };
    expect(classSeparation(apart)).toEqual({
      betweenShare: 1,
      calinskiHarabasz: Infinity,
      daviesBouldin: 0,
    });
    const mixed = { data: [-1, 1, -2, 2], rows: 4, columns: 1, labels: [0, 0, 1, 1] };
    expect(classSeparation(mixed)).toEqual({
      betweenShare: 0,
      calinskiHarabasz: 0,
      daviesBouldin: Infinity,
    });
  });

  test.each([
    [{ data: [2, 2, 2] }, 'data: expected points that differ, found one point'],
    [{ labels: [1, 1, 1] }, 'from 2 to 2 groups among 3 points, found 1'],
    [{ labels: [1, 2] }, 'labels: expected shape [3], got [2]'],
    [{ data: [1, 2, Infinity] }, 'data, row 2, column 0'],
  ])('%o is refused', (change, message) => {
    const options = { data: [1, 2, 3], rows: 3, columns: 1, labels: [0, 0, 1] };
    expect(() => classSeparation({ ...options, ...change })).toThrow(message);
  });
});

import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { silhouette } from '@q-anchor/metrics';

describe('silhouette', () => {
  test('by hand: two pairs on a line', () => {
    // 0 and 1 against 5 and 7: a = 1, b = 6 and 5; a = 2, b = 4.5 and 6.5.
    const value = silhouette({ data: [0, 1, 5, 7], rows: 4, columns: 1, labels: [0, 0, 1, 1] });
    expect(value).toBeCloseTo((5 / 6 + 4 / 5 + 2.5 / 4.5 + 4.5 / 6.5) / 4, 15);
  });

  test('a group of one counts 0, any numbers name groups', () => {
    // 0 and 2 are together, 9 is alone: (7 / 9... a = 2, b = 9) and (a = 2, b = 7).
    const value = silhouette({ data: [0, 2, 9], rows: 3, columns: 1, labels: [-4, -4, 100] });
    expect(value).toBeCloseTo((7 / 9 + 5 / 7 + 0) / 3, 15);
  });

  test('agrees with a slow version on three groups', () => {
    const random = createRandom(1);
    const [rows, columns] = [40, 3];
    const labels = Array.from({ length: rows }, () => random.integer(3));
    const points = labels.map((label) =>
      Array.from({ length: columns }, () => random.normal() + label),
    );
    const meanDistance = (i: number, group: number): number => {
      const others = points.filter((_, j) => j !== i && labels[j] === group);
      const distances = others.map((p) => Math.hypot(...p.map((x, c) => x - points[i]![c]!)));
      return distances.reduce((a, b) => a + b, 0) / distances.length;
    };
    const values = points.map((_, i) => {
      const a = meanDistance(i, labels[i]!);
      const b = Math.min(
        ...[0, 1, 2].filter((g) => g !== labels[i]).map((g) => meanDistance(i, g)),
      );
      return (b - a) / Math.max(a, b);
    });
    const data = points.flat();
    expect(silhouette({ data, rows, columns, labels })).toBeCloseTo(
      values.reduce((a, b) => a + b, 0) / rows,
      13,
    );
    const moved = data.map((x) => 100 + 3 * x);
    expect(silhouette({ data: moved, rows, columns, labels })).toBeCloseTo(
      silhouette({ data, rows, columns, labels }),
      11,
    );
  });

  test('points in one place are neither near nor far', () => {
    expect(silhouette({ data: [1, 1, 1, 1], rows: 4, columns: 1, labels: [0, 0, 1, 1] })).toBe(0);
  });

  test.each([
    [{ labels: [1, 1, 1] }, 'from 2 to 2 groups among 3 points, found 1'],
    [{ labels: [1, 2, 3] }, 'found 3'],
    [{ labels: [1, 2] }, 'labels: expected shape [3], got [2]'],
    [{ labels: [1, 2, Number.NaN] }, 'labels[2]'],
    [{ data: [1, 2, Infinity] }, 'data, row 2, column 0'],
  ])('%o is refused', (change, message) => {
    const options = { data: [1, 2, 3], rows: 3, columns: 1, labels: [0, 0, 1] };
    expect(() => silhouette({ ...options, ...change })).toThrow(message);
  });
});

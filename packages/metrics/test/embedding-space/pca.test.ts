import { createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { pca, pcaProjections } from '@q-anchor/metrics';

const draw = (seed: number, rows: number, columns: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => random.normal() * ((i % columns) + 1) + 3,
  );
};

/** The covariance matrix by the plainest loops. */
const plainCovariance = (data: Float64Array, rows: number, columns: number): number[][] => {
  const at = (r: number, c: number): number => data[r * columns + c]!;
  const index = [...Array(columns).keys()];
  const mean = index.map((c) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += at(r, c);
    return sum / rows;
  });
  return index.map((i) =>
    index.map((j) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += (at(r, i) - mean[i]!) * (at(r, j) - mean[j]!);
      return sum / (rows - 1);
    }),
  );
};

describe('pca', () => {
  test('by hand: points on a line through (1, 2)', () => {
    const { components, explainedVariance, explainedVarianceRatio, mean } = pca({
      data: [-2, -3, 1, 2, 4, 7],
      rows: 3,
      columns: 2,
      components: 2,
    });
    const direction = [3 / Math.sqrt(34), 5 / Math.sqrt(34)];
    expect([...mean]).toEqual([1, 2]);
    expect(components[0]).toBeCloseTo(direction[0]!, 14);
    expect(components[1]).toBeCloseTo(direction[1]!, 14);
    expect(explainedVariance[0]).toBeCloseTo(34, 12);
    expect(explainedVarianceRatio[0]).toBeCloseTo(1, 14);
    expect(explainedVariance[1]).toBeCloseTo(0, 12);
  });

  test.each([
    [10, 1],
    [10, 2],
    [65, 3],
    [130, 7],
    [8, 20],
    [11, 20],
    [2, 40],
    [30, 200],
    [200, 50],
  ])('%i x %i: axes are orthonormal eigenvectors of the covariance', (rows, columns) => {
    const data = draw(rows + columns, rows, columns);
    const kept = Math.min(rows, columns);
    const { components, explainedVariance, explainedVarianceRatio } = pca({
      data,
      rows,
      columns,
      components: kept,
    });
    const covariance = plainCovariance(data, rows, columns);
    const largest = explainedVariance[0]!;
    const axis = (k: number): Float64Array => components.subarray(k * columns, (k + 1) * columns);
    for (let k = 0; k < kept; k++) {
      for (let l = 0; l <= k; l++) {
        let product = 0;
        for (let c = 0; c < columns; c++) product += axis(k)[c]! * axis(l)[c]!;
        expect(product).toBeCloseTo(k === l ? 1 : 0, 12);
      }
      for (let i = 0; i < columns; i++) {
        let image = 0;
        for (let j = 0; j < columns; j++) image += covariance[i]![j]! * axis(k)[j]!;
        expect(Math.abs(image - explainedVariance[k]! * axis(k)[i]!) / largest).toBeLessThan(1e-12);
      }
    }
    expect([...explainedVariance]).toEqual([...explainedVariance].toSorted((a, b) => b - a));
    expect(explainedVarianceRatio.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  test.each([
    ['wide', 4, 30],
    ['all alike', 3, 9],
  ])(
    '%s rows that span less than their number have orthonormal axes all the same',
    (name, rows, columns) => {
      const data = draw(1, rows, columns);
      for (let r = 1; r < rows; r++) {
        if (name === 'all alike' || r === 2) data.copyWithin(r * columns, 0, columns);
      }
      const { components, explainedVariance } = pca({ data, rows, columns, components: rows });
      const rank = name === 'wide' ? 2 : 0;
      for (let k = 0; k < rows; k++) {
        expect(explainedVariance[k]! > 1e-9).toBe(k < rank);
        for (let l = 0; l <= k; l++) {
          let product = 0;
          for (let c = 0; c < columns; c++) {
            product += components[k * columns + c]! * components[l * columns + c]!;
          }
          expect(product).toBeCloseTo(k === l ? 1 : 0, 12);
        }
      }
    },
  );

  test('equal variances and blocks that do not meet are no obstacle', () => {
    // The corners of a cross: covariance is a multiple of the identity in the first two columns.
    const data = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0];
    const { components, explainedVariance } = pca({ data, rows: 4, columns: 3, components: 3 });
    expect(explainedVariance[0]).toBeCloseTo(2 / 3, 14);
    expect(explainedVariance[1]).toBeCloseTo(2 / 3, 14);
    expect(explainedVariance[2]).toBe(0);
    expect(Math.abs(components[8]!)).toBe(1);
  });

  test('the same point over and over has no variance to explain', () => {
    const { explainedVarianceRatio } = pca({
      data: [1, 2, 1, 2, 1, 2],
      rows: 3,
      columns: 2,
      components: 1,
    });
    expect([...explainedVarianceRatio]).toEqual([0]);
  });

  test.each([
    [{ rows: 1, data: [1, 2] }, '2 rows or more'],
    [{ components: 0 }, 'components: expected an integer from 1 to 2'],
    [{ components: 3 }, 'components: expected an integer from 1 to 2'],
    [{ data: [1, 2, 3] }, 'data: expected shape [3, 2], got [3]'],
    [{ data: [1, 2, 3, Number.NaN, 5, 6] }, 'data, row 1, column 1'],
  ])('%o is refused', (change, message) => {
    const options = { data: [1, 2, 3, 4, 5, 7], rows: 3, columns: 2, components: 1 };
    expect(() => pca({ ...options, ...change })).toThrow(message);
  });
});

describe('pcaProjections', () => {
  test('have the explained variances and no correlation', () => {
    const [rows, columns] = [100, 4];
    const data = draw(3, rows, columns);
    const fitted = pca({ data, rows, columns, components: 3 });
    const projections = pcaProjections(fitted, { features: data, rows, columns });
    const covariance = plainCovariance(projections, rows, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        expect(covariance[i]![j]).toBeCloseTo(i === j ? fitted.explainedVariance[i]! : 0, 10);
      }
    }
    expect(() => pcaProjections(fitted, { features: [1], rows: 1, columns: 1 })).toThrow(
      '[rows, 4]',
    );
  });
});

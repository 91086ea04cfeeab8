import { InputError, ShapeError } from '@q-anchor/core';

import { requireMatrix, type FeatureMatrix } from '../input/feature-matrix.js';
import { addGram } from '../linear-algebra/gram.js';
import { rowBasis } from '../linear-algebra/row-basis.js';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.js';

/** What to find the principal axes of. */
export interface PcaOptions {
  /** `[rows, columns]`, row after row. */
  readonly data: ArrayLike<number>;
  /** Users, at least 2. */
  readonly rows: number;
  /** Values of a user. */
  readonly columns: number;
  /** How many axes to keep, at most the smaller of `rows` and `columns`. */
  readonly components: number;
}

/** Principal axes of a data set. */
export interface Pca {
  /** `[columns]`, the mean row. */
  readonly mean: Float64Array;
  /** `[components, columns]`, orthonormal rows; the largest entry of each is positive. */
  readonly components: Float64Array;
  /** `[components]`, sample variance (by `rows - 1`) along each axis, falling. */
  readonly explainedVariance: Float64Array;
  /** `[components]`, the same as shares of the total variance; zeros if there is none. */
  readonly explainedVarianceRatio: Float64Array;
}

/**
 * Principal component analysis, by the eigenvectors of the covariance matrix, in float64. Its time grows
 * with the cube of the columns; where there are at most half as many rows, with the cube of the rows.
 *
 * `S = (X - m)^T (X - m) / (rows - 1) = V diag(l) V^T`; the components are the first columns of `V`. The same
 * numbers as scikit-learn's `PCA`, signs apart. Columns are centred, not scaled.
 *
 * @throws {@link InputError} for fewer than 2 rows, too many components or a value that is not finite
 * @throws {@link ShapeError} if `data` does not have `rows * columns` values
 */
export function pca({ data, rows, columns, components }: PcaOptions): Pca {
  requireMatrix({ features: data, rows, columns }, { where: 'data' });
  if (rows < 2) throw new InputError({ where: 'data', expected: '2 rows or more', found: '1' });
  const most = Math.min(rows, columns);
  if (!Number.isSafeInteger(components) || components < 1 || components > most) {
    throw new InputError({
      where: 'components',
      expected: `an integer from 1 to ${most}, the smaller of rows and columns`,
      found: `${components}`,
    });
  }
  const matrix = { features: data, rows, columns };
  const mean = columnMeans(matrix);
  const found =
    2 * rows > columns
      ? axesOf(matrix, mean)
      : axesWithinRows(matrix, { mean, atLeast: components });
  const { values, total } = found;
  const axes = found.axes.slice(0, components * columns);
  for (let k = 0; k < components; k++)
    pointLargestUp(axes.subarray(k * columns, (k + 1) * columns));
  const explainedVariance = values.slice(0, components).map((value) => Math.max(0, value));
  return {
    mean,
    components: axes,
    explainedVariance,
    explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)),
  };
}

/**
 * Coordinates of rows along the principal axes, `[rows, components]`.
 *
 * @throws {@link ShapeError} if the rows do not have the columns that the axes were found on
 */
export function pcaProjections(
  { mean, components }: Pick<Pca, 'mean' | 'components'>,
  matrix: FeatureMatrix,
): Float64Array {
  requireMatrix(matrix, { where: 'features' });
  const { features, rows, columns } = matrix;
  if (columns !== mean.length) {
    throw new ShapeError('pcaProjections', ['rows', mean.length], [rows, columns]);
  }
  const axes = components.length / columns;
  const projections = new Float64Array(rows * axes);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < axes; k++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) {
        sum += components[k * columns + c]! * (features[r * columns + c]! - mean[c]!);
      }
      projections[r * axes + k] = sum;
    }
  }
  return projections;
}

interface Axes {
  /** `[count, columns]`, orthonormal rows. */
  readonly axes: Float64Array;
  /** `[count]`, the variance along each, falling. */
  readonly values: Float64Array;
  /** Variance in all directions. */
  readonly total: number;
}

function axesOf(matrix: FeatureMatrix, mean: Float64Array): Axes {
  const { columns } = matrix;
  const covariance = covarianceOf(matrix, mean);
  let total = 0;
  for (let c = 0; c < columns; c++) total += covariance[c * columns + c]!;
  const { values, vectors } = symmetricEigen(covariance, columns);
  return { axes: vectors, values, total };
}

/** The axes, found among coordinates in a basis of the space that the centred rows span. */
function axesWithinRows(
  { features, rows, columns }: FeatureMatrix,
  { mean, atLeast }: { readonly mean: Float64Array; readonly atLeast: number },
): Axes {
  const centred = Float64Array.from(features, (value, i) => value - mean[i % columns]!);
  const basis = rowBasis(centred, { columns, atLeast });
  const size = basis.length / columns;
  const coordinates = timesTransposed(centred, basis, columns);
  const within = axesOf({ features: coordinates, rows, columns: size }, new Float64Array(size));
  const axes = new Float64Array(size * columns);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const weight = within.axes[k * size + j]!;
      for (let c = 0; c < columns; c++) {
        axes[k * columns + c] = axes[k * columns + c]! + weight * basis[j * columns + c]!;
      }
    }
  }
  return { ...within, axes };
}

/** `A B^T` of `[m, width]` and `[n, width]`. */
function timesTransposed(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const [m, n] = [a.length / width, b.length / width];
  const product = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += a[i * width + c]! * b[j * width + c]!;
      product[i * n + j] = sum;
    }
  }
  return product;
}

function columnMeans({ features, rows, columns }: FeatureMatrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, at++) mean[c] = mean[c]! + features[at]!;
  }
  return mean.map((sum) => sum / rows);
}

function covarianceOf(
  { features, rows, columns }: FeatureMatrix,
  mean: Float64Array,
): Float64Array {
  const blockRows = 64;
  const size = Math.ceil(columns / 3) * 3;
  const block = new Float64Array(size * blockRows);
  const sum = new Float64Array(size * size);
  for (let start = 0; start < rows; start += blockRows) {
    const count = Math.min(blockRows, rows - start);
    if (count < blockRows) block.fill(0);
    for (let r = 0; r < count; r++) {
      for (let c = 0; c < columns; c++) {
        block[c * blockRows + r] = features[(start + r) * columns + c]! - mean[c]!;
      }
    }
    addGram(block, { sum, size, width: blockRows });
  }
  const covariance = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sum[i * size + j]! / (rows - 1);
      covariance[i * columns + j] = value;
      covariance[j * columns + i] = value;
    }
  }
  return covariance;
}

/** Fixes the sign that an axis leaves open. */
function pointLargestUp(axis: Float64Array): void {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let c = 0; c < axis.length; c++) axis[c] = -axis[c]!;
}

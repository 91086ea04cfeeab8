import { pca, pcaProjections } from '@q-anchor/metrics';

/** Points on the plane on which vectors differ most. */
export interface Plane {
  /** `[vectors, 2]`. */
  readonly points: Float64Array;
  /** Shares of the variance along both axes. */
  readonly explained: readonly number[];
}

/**
 * The principal plane of vectors. With fewer than two of them, or of their numbers, there is none: all
 * are at its origin.
 *
 * @param data - `[rows, columns]`
 */
export function planeOf(data: Float64Array, columns: number): Plane {
  const rows = columns === 0 ? 0 : data.length / columns;
  if (Math.min(rows, columns) < 2) return { points: new Float64Array(2 * rows), explained: [0, 0] };
  const own = columns > rows ? withinRows(data, columns) : data;
  const size = own.length / rows;
  if (size < 2) return { points: new Float64Array(2 * rows), explained: [0, 0] };
  const axes = pca({ data: own, rows, columns: size, components: 2 });
  return {
    points: pcaProjections(axes, { features: own, rows, columns: size }),
    explained: [...axes.explainedVarianceRatio],
  };
}

/** Below this share of its length, what is left of a row is rounding. */
const negligible = 1e-9;

/**
 * Coordinates of rows in an orthonormal basis of the space that they span: the same distances in at
 * most as many columns as there are rows, since the principal axes cost the cube of the columns.
 *
 * @param data - `[rows, columns]`
 * @returns `[rows, rank]`
 */
function withinRows(data: Float64Array, columns: number): Float64Array {
  const rows = data.length / columns;
  const basis: Float64Array[] = [];
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += a[c]! * b[c]!;
    return sum;
  };
  const row = (r: number): Float64Array => data.subarray(r * columns, (r + 1) * columns);
  for (let r = 0; r < rows; r++) {
    const rest = row(r).slice();
    const length = Math.sqrt(dot(rest, rest));
    // Twice is enough for orthogonality (Parlett 1998, section 6.9).
    for (const axis of [...basis, ...basis]) {
      const part = dot(rest, axis);
      for (let c = 0; c < columns; c++) rest[c] = rest[c]! - part * axis[c]!;
    }
    const left = Math.sqrt(dot(rest, rest));
    if (left > negligible * length) basis.push(rest.map((value) => value / left));
  }
  const found = new Float64Array(rows * basis.length);
  for (let r = 0; r < rows; r++) {
    for (const [k, axis] of basis.entries()) found[r * basis.length + k] = dot(row(r), axis);
  }
  return found;
}

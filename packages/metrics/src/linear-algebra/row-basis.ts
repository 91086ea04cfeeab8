/** Below this share of its length, what is left of a row is rounding. */
const negligible = 1e-9;

/**
 * An orthonormal basis of the space that rows span, by Gram and Schmidt, each row made orthogonal twice,
 * which is enough (Parlett, The Symmetric Eigenvalue Problem, 1998, section 6.9).
 *
 * @param rows - `[n, columns]`
 * @param options - columns; how many vectors the basis shall have at least, up to `columns`: unit vectors
 * make up for missing rank
 * @returns `[size, columns]`
 */
export function rowBasis(
  rows: Float64Array,
  { columns, atLeast = 0 }: { readonly columns: number; readonly atLeast?: number },
): Float64Array {
  const basis: Float64Array[] = [];
  const add = (vector: Float64Array): void => {
    const rest = vector.slice();
    const length = Math.sqrt(dot(rest, rest));
    for (const axis of [...basis, ...basis]) {
      const part = dot(rest, axis);
      for (let c = 0; c < columns; c++) rest[c] = rest[c]! - part * axis[c]!;
    }
    const left = Math.sqrt(dot(rest, rest));
    if (left > negligible * length) basis.push(rest.map((value) => value / left));
  };
  for (let at = 0; at < rows.length; at += columns) add(rows.subarray(at, at + columns));
  for (let c = 0; c < columns && basis.length < atLeast; c++) {
    const unit = new Float64Array(columns);
    unit[c] = 1;
    add(unit);
  }
  const joined = new Float64Array(basis.length * columns);
  for (const [k, axis] of basis.entries()) joined.set(axis, k * columns);
  return joined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c]! * b[c]!;
  return sum;
}

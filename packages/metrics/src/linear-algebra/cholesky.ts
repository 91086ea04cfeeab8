/**
 * Factors a symmetric positive definite matrix in place, `A = L L^T`.
 *
 * @param matrix - `[size, size]`; the lower triangle is read and overwritten by `L`
 * @returns false if the matrix is not positive definite to working precision; then it is spoilt
 */
export function factorCholesky(matrix: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size;
      let rest = matrix[rowI + j]!;
      // Four sums at once: a single chain of additions would wait for each other.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let k = 0;
      for (; k + 3 < j; k += 4) {
        a += matrix[rowI + k]! * matrix[rowJ + k]!;
        b += matrix[rowI + k + 1]! * matrix[rowJ + k + 1]!;
        c += matrix[rowI + k + 2]! * matrix[rowJ + k + 2]!;
        d += matrix[rowI + k + 3]! * matrix[rowJ + k + 3]!;
      }
      for (; k < j; k++) a += matrix[rowI + k]! * matrix[rowJ + k]!;
      rest -= a + b + (c + d);
      if (i === j) {
        if (!(rest > 0)) return false;
        matrix[rowI + i] = Math.sqrt(rest);
      } else matrix[rowI + j] = rest / matrix[rowJ + j]!;
    }
  }
  return true;
}

/** Solves `L L^T x = vector` in place, with the lower triangle from {@link factorCholesky}. */
export function solveCholesky(factor: Float64Array, vector: Float64Array): void {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    let rest = vector[i]!;
    for (let k = 0; k < i; k++) rest -= factor[i * size + k]! * vector[k]!;
    vector[i] = rest / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    const x = vector[i]! / factor[i * size + i]!;
    vector[i] = x;
    for (let k = 0; k < i; k++) vector[k] = vector[k]! - factor[i * size + k]! * x;
  }
}

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** `[size]`, falling. */
  readonly values: Float64Array;
  /** `[size, size]`; row `k` is the unit eigenvector of `values[k]`. */
  readonly vectors: Float64Array;
}

/**
 * Every eigenvalue and eigenvector of a symmetric matrix: Householder reduction to tridiagonal form, then
 * QL steps with implicit shifts (Golub and Van Loan 2013, section 8.3). `O(size^3)`.
 *
 * @param matrix - `[size, size]`, symmetric; left as it is
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  const { diagonal, beside, basis } = tridiagonalise(matrix, size);
  diagonaliseByQl({ diagonal, beside, basis });
  const order = Array.from(diagonal.keys()).toSorted((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = new Float64Array(size * size);
  for (const [k, from] of order.entries()) {
    vectors.set(basis.subarray(from * size, (from + 1) * size), k * size);
  }
  return { values: Float64Array.from(order, (k) => diagonal[k]!), vectors };
}

interface Tridiagonal {
  /** `[size]`, the diagonal. */
  readonly diagonal: Float64Array;
  /** `[size]`; entry `i` couples `i` and `i + 1`, the last is 0. */
  readonly beside: Float64Array;
  /** `[size, size]`, rows `q_k` with `matrix = sum T_kl q_k q_l^T`. */
  readonly basis: Float64Array;
}

function tridiagonalise(matrix: Float64Array, size: number): Tridiagonal {
  const a = matrix.slice();
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  const beside = new Float64Array(size);
  const v = new Float64Array(size);
  const p = new Float64Array(size);
  const reflectors: Float64Array[] = [];
  for (let k = 0; k + 1 < size; k++) {
    // A reflection I - 2 v v^T that sends column k below the diagonal to a multiple of e_{k+1}.
    let norm = 0;
    for (let i = k + 1; i < size; i++) norm = Math.hypot(norm, a[i * size + k]!);
    const head = a[(k + 1) * size + k]!;
    const target = head > 0 ? -norm : norm;
    v.fill(0);
    for (let i = k + 1; i < size; i++) v[i] = a[i * size + k]!;
    v[k + 1] = head - target;
    let length = 0;
    for (let i = k + 1; i < size; i++) length = Math.hypot(length, v[i]!);
    beside[k] = target;
    if (length === 0) {
      reflectors.push(new Float64Array(size));
      continue;
    }
    for (let i = k + 1; i < size; i++) v[i] = v[i]! / length;
    reflectors.push(v.slice());

    // a <- (I - 2 v v^T) a (I - 2 v v^T), as a rank-two update of the trailing part.
    let overlap = 0;
    for (let i = k + 1; i < size; i++) {
      let sum = 0;
      for (let j = k + 1; j < size; j++) sum += a[i * size + j]! * v[j]!;
      p[i] = 2 * sum;
      overlap += sum * v[i]!;
    }
    for (let i = k + 1; i < size; i++) p[i] = p[i]! - 2 * overlap * v[i]!;
    for (let i = k + 1; i < size; i++) {
      const vi = v[i]!;
      const pi = p[i]!;
      for (let j = k + 1; j < size; j++) {
        a[i * size + j] = a[i * size + j]! - vi * p[j]! - pi * v[j]!;
      }
    }
  }
  // The last reflection first: each then touches only the part of the basis that is not yet identity.
  for (let k = size - 2; k >= 0; k--) {
    const reflector = reflectors[k]!;
    for (let i = k + 1; i < size; i++) {
      let sum = 0;
      for (let j = k + 1; j < size; j++) sum += basis[i * size + j]! * reflector[j]!;
      for (let j = k + 1; j < size; j++) {
        basis[i * size + j] = basis[i * size + j]! - 2 * sum * reflector[j]!;
      }
    }
  }
  const diagonal = Float64Array.from({ length: size }, (_, i) => a[i * size + i]!);
  return { diagonal, beside, basis };
}

/** Turns the diagonal into eigenvalues and the basis into eigenvectors, in place. */
function diagonaliseByQl({ diagonal, beside, basis }: Tridiagonal): void {
  const size = diagonal.length;
  for (let first = 0; first < size; first++) {
    for (;;) {
      const last = endOfBlock({ diagonal, beside }, first);
      if (last === first) break;
      // Wilkinson's shift: the eigenvalue of the leading 2 x 2 block next to its corner.
      const half = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!);
      const root = Math.hypot(half, 1);
      const shift = diagonal[first]! - beside[first]! / (half + (half >= 0 ? root : -root));
      let chased = diagonal[last]! - shift;
      let sine = 1;
      let cosine = 1;
      let moved = 0;
      let split = false;
      for (let i = last - 1; i >= first; i--) {
        const bulge = sine * beside[i]!;
        const kept = cosine * beside[i]!;
        const length = Math.hypot(bulge, chased);
        beside[i + 1] = length;
        if (length === 0) {
          // The matrix fell apart in the middle: take it up again from the smaller block.
          diagonal[i + 1] = diagonal[i + 1]! - moved;
          beside[last] = 0;
          split = true;
          break;
        }
        sine = bulge / length;
        cosine = chased / length;
        const lower = diagonal[i + 1]! - moved;
        const turn = (diagonal[i]! - lower) * sine + 2 * cosine * kept;
        moved = sine * turn;
        diagonal[i + 1] = lower + moved;
        chased = cosine * turn - kept;
        rotateRows(basis, { size, row: i, cosine, sine });
      }
      if (split) continue;
      diagonal[first] = diagonal[first]! - moved;
      beside[first] = chased;
      beside[last] = 0;
    }
  }
}

/** The last index of the unsplit block that begins at `first`. */
function endOfBlock(
  { diagonal, beside }: Pick<Tridiagonal, 'diagonal' | 'beside'>,
  first: number,
): number {
  let last = first;
  while (last + 1 < diagonal.length) {
    const around = Math.abs(diagonal[last]!) + Math.abs(diagonal[last + 1]!);
    if (Math.abs(beside[last]!) <= Number.EPSILON * around) break;
    last++;
  }
  return last;
}

function rotateRows(
  basis: Float64Array,
  turn: {
    readonly size: number;
    readonly row: number;
    readonly cosine: number;
    readonly sine: number;
  },
): void {
  const { size, row, cosine, sine } = turn;
  const upper = row * size;
  const lower = upper + size;
  for (let k = 0; k < size; k++) {
    const x = basis[upper + k]!;
    const y = basis[lower + k]!;
    basis[lower + k] = sine * x + cosine * y;
    basis[upper + k] = cosine * x - sine * y;
  }
}

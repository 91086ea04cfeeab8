/** How much points of a set belong together: a sparse symmetric matrix that sums to 1. */
export interface NeighbourAffinities {
  /** `[rows + 1]`; row `i` has the entries from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Uint32Array;
  /** The other point of each entry. */
  readonly columns: Uint32Array;
  /** `p_ij` of each entry. */
  readonly values: Float64Array;
}

const rowsBetweenPauses = 200;

/**
 * t-SNE's affinities among nearest neighbours (van der Maaten 2014, equations 2 to 4).
 *
 * `p_j|i = exp(-b_i d_ij^2) / sum_k exp(-b_i d_ik^2)` over the `floor(3 perplexity)` nearest neighbours of `i`,
 * `b_i` such that the entropy is `log(perplexity)`; then `p_ij = (p_j|i + p_i|j) / (2 rows)`. Neighbours are
 * found by comparing all pairs, `O(rows^2 columns)`: at hundreds of columns trees prune next to nothing.
 *
 * @param pause - called now and then, to let others run and to stop by throwing
 */
export async function neighbourAffinities(
  points: Float64Array,
  options: {
    readonly rows: number;
    readonly perplexity: number;
    readonly pause: () => Promise<void>;
  },
): Promise<NeighbourAffinities> {
  const { rows, perplexity, pause } = options;
  const size = Math.floor(3 * perplexity);
  const neighbours = new Uint32Array(rows * size);
  const shares = new Float64Array(rows * size);
  for (let i = 0; i < rows; i++) {
    if (i % rowsBetweenPauses === 0) await pause();
    const squared = squaredDistances(points, { rows, from: i });
    const nearest = smallestOf(squared, size);
    neighbours.set(nearest, i * size);
    shares.set(
      sharesOfPerplexity(
        Float64Array.from(nearest, (j) => squared[j]!),
        perplexity,
      ),
      i * size,
    );
  }
  return symmetrised({ neighbours, shares, rows, size });
}

/** To all points; infinite to the point itself. */
function squaredDistances(
  points: Float64Array,
  { rows, from }: { readonly rows: number; readonly from: number },
): Float64Array {
  const columns = points.length / rows;
  const squared = new Float64Array(rows);
  for (let j = 0; j < rows; j++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) {
      const gap = points[from * columns + c]! - points[j * columns + c]!;
      sum += gap * gap;
    }
    squared[j] = sum;
  }
  squared[from] = Infinity;
  return squared;
}

/** Where the `size` smallest values are; of equal ones the first. */
function smallestOf(values: Float64Array, size: number): Uint32Array {
  const largest = values.toSorted()[size - 1]!;
  const places = new Uint32Array(size);
  let found = 0;
  for (let j = 0; j < values.length; j++) if (values[j]! < largest) places[found++] = j;
  for (let j = 0; found < size; j++) if (values[j] === largest) places[found++] = j;
  return places;
}

/** The `p_j|i` of one point, by bisection on the logarithm of `b_i` until it no longer moves. */
function sharesOfPerplexity(squared: Float64Array, perplexity: number): Float64Array {
  const nearest = squared.reduce((a, b) => Math.min(a, b), Infinity);
  const shifted = squared.map((d) => d - nearest);
  const farthest = shifted.reduce((a, b) => Math.max(a, b), 0);
  // All at one distance, or more than the perplexity at the nearest: no width tells them apart.
  if (farthest === 0) return new Float64Array(squared.length).fill(1 / squared.length);
  const wanted = Math.log(perplexity);
  const sharesAt = (b: number): { shares: Float64Array; entropy: number } => {
    const weights = shifted.map((d) => Math.exp(-b * d));
    const total = weights.reduce((a, w) => a + w, 0);
    const mean = weights.reduce((a, w, j) => a + w * shifted[j]!, 0) / total;
    return { shares: weights.map((w) => w / total), entropy: Math.log(total) + b * mean };
  };
  let low = Math.log(1e-6 / farthest);
  let high = Math.log(1e18 / farthest);
  while (high - low > 1e-13 * Math.max(1, Math.abs(low))) {
    const middle = (low + high) / 2;
    if (sharesAt(Math.exp(middle)).entropy > wanted) low = middle;
    else high = middle;
  }
  return sharesAt(Math.exp((low + high) / 2)).shares;
}

/** Both directions of every pair, averaged. */
function symmetrised(directed: {
  readonly neighbours: Uint32Array;
  readonly shares: Float64Array;
  readonly rows: number;
  readonly size: number;
}): NeighbourAffinities {
  const { neighbours, shares, rows, size } = directed;
  const rowsOf = Array.from({ length: rows }, () => new Map<number, number>());
  for (let i = 0; i < rows; i++) {
    for (let k = i * size; k < (i + 1) * size; k++) {
      const j = neighbours[k]!;
      const half = shares[k]! / (2 * rows);
      rowsOf[i]!.set(j, (rowsOf[i]!.get(j) ?? 0) + half);
      rowsOf[j]!.set(i, (rowsOf[j]!.get(i) ?? 0) + half);
    }
  }
  const starts = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) starts[i + 1] = starts[i]! + rowsOf[i]!.size;
  const columns = new Uint32Array(starts[rows]!);
  const values = new Float64Array(starts[rows]!);
  for (const [i, row] of rowsOf.entries()) {
    let at = starts[i]!;
    for (const [j, value] of row) {
      columns[at] = j;
      values[at++] = value;
    }
  }
  return { starts, columns, values };
}

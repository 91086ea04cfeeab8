import { createRandom } from '@q-anchor/core';
import type { FeatureMatrix } from '@q-anchor/metrics';

/** The bin of values that are missing. */
export const missingBin = 255;

/** Bins of a column, missing values' among them. */
export const binsPerColumn = 256;

/** Rows looked at for the edges of bins; of more, a random sample. */
const sampleRows = 200_000;

/** For each column the upper edges of its bins but the last: `x` is in the first bin with `x <= edge`. */
export type BinEdges = readonly Float64Array[];

/** A matrix whose values are numbers of bins. */
export interface BinnedMatrix {
  readonly rows: number;
  /** The bin of each row, by column. */
  readonly columns: readonly Uint8Array[];
}

/**
 * Edges of bins: halfway between neighbouring values where there are no more than `maxBins` of them,
 * else at quantiles, so that bins hold about as many rows each. What is not finite is missing.
 *
 * @param matrix - the training rows
 * @param options - bins at most; seed of the sample that stands for more than 200,000 rows
 */
export function binEdges(
  matrix: FeatureMatrix,
  options: { readonly maxBins: number; readonly seed: number },
): BinEdges {
  const { features, columns } = matrix;
  const rows = sampledRows(matrix.rows, options.seed);
  const values = new Float64Array(rows.length);
  return Array.from({ length: columns }, (_, column) => {
    let known = 0;
    for (const row of rows) {
      const value = features[row * columns + column]!;
      if (Number.isFinite(value)) values[known++] = value;
    }
    return edgesOf(values.slice(0, known).toSorted(), options.maxBins);
  });
}

function sampledRows(rows: number, seed: number): Uint32Array {
  if (rows <= sampleRows) return Uint32Array.from({ length: rows }, (_, row) => row);
  const random = createRandom(seed).fork('bins');
  return Uint32Array.from({ length: sampleRows }, () => random.integer(rows));
}

function edgesOf(sorted: Float64Array, maxBins: number): Float64Array {
  const starts: number[] = []; // of runs of equal values, but the first
  for (let i = 1; i < sorted.length; i++) if (sorted[i]! > sorted[i - 1]!) starts.push(i);
  if (starts.length < maxBins) return Float64Array.from(starts, (i) => between(sorted, i));
  const edges: number[] = [];
  let run = 0;
  for (let bin = 1; bin < maxBins; bin++) {
    const quantile = (bin * sorted.length) / maxBins;
    // The run's start nearest to the quantile from above; equal values stay together.
    while (run < starts.length && starts[run]! < quantile) run++;
    if (run === starts.length) break;
    edges.push(between(sorted, starts[run]!));
    run++;
  }
  return Float64Array.from(edges);
}

/** A number that parts `sorted[i - 1]` from `sorted[i]`: at least the first, less than the second. */
function between(sorted: Float64Array, i: number): number {
  const [low, high] = [sorted[i - 1]!, sorted[i]!];
  const middle = low / 2 + high / 2;
  return middle >= low && middle < high ? middle : low;
}

/** Puts values into bins. */
export function binned({ features, rows, columns }: FeatureMatrix, edges: BinEdges): BinnedMatrix {
  return {
    rows,
    columns: edges.map((own, column) => {
      const bins = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        bins[row] = binOf(features[row * columns + column]!, own);
      }
      return bins;
    }),
  };
}

function binOf(value: number, edges: Float64Array): number {
  if (!Number.isFinite(value)) return missingBin;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

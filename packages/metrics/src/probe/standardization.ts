import type { FeatureMatrix } from '../input/feature-matrix.js';

/** What to take from each column and what to divide it by. */
export interface Standardization {
  /** `[columns]`, subtracted first. */
  readonly mean: Float64Array;
  /** `[columns]`, divided by then; 1 where a column is constant. */
  readonly scale: Float64Array;
}

/** Leaves every column as it is. */
export function noStandardization(columns: number): Standardization {
  return { mean: new Float64Array(columns), scale: new Float64Array(columns).fill(1) };
}

/** Mean and population standard deviation of each column, in two passes for the sake of far-off means. */
export function columnStandardization({ features, rows, columns }: FeatureMatrix): Standardization {
  const mean = new Float64Array(columns);
  const constant = new Uint8Array(columns).fill(1);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, at++) {
      mean[c] = mean[c]! + features[at]!;
      if (features[at] !== features[c]) constant[c] = 0;
    }
  }
  for (let c = 0; c < columns; c++) mean[c] = mean[c]! / rows;

  const drift = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, at++) {
      const deviation = features[at]! - mean[c]!;
      drift[c] = drift[c]! + deviation;
      squares[c] = squares[c]! + deviation * deviation;
    }
  }
  const scale = new Float64Array(columns);
  for (let c = 0; c < columns; c++) {
    // A constant column's mean must be its value exactly, or what rounding left would be blown up.
    if (constant[c] === 1) mean[c] = features[c]!;
    else {
      mean[c] = mean[c]! + drift[c]! / rows;
      scale[c] = Math.sqrt(Math.max(0, squares[c]! / rows - (drift[c]! / rows) ** 2));
    }
    if (scale[c] === 0) scale[c] = 1;
  }
  return { mean, scale };
}

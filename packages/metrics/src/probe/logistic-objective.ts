import type { FeatureMatrix } from '../input/feature-matrix.js';
import { addGram } from '../linear-algebra/gram.js';
import type { Standardization } from './standardization.js';

/** Value and slope of the objective at some weights. */
export interface ObjectivePoint {
  /** `[columns + 1]`: coefficients of the standardised features, then the intercept. */
  readonly weights: Float64Array;
  /** The objective there. */
  readonly value: number;
  /** `[columns + 1]`, the gradient there. */
  readonly gradient: Float64Array;
  /** Euclidean norm of the gradient. */
  readonly gradientNorm: number;
  /** `[rows]`, `p (1 - p)` of each row: what the Hessian weighs rows by. */
  readonly curvature: Float64Array;
}

/** The mean penalised log loss of a logistic model, as a function of its weights. */
export interface LogisticObjective {
  /** Value, gradient and row curvatures at `weights`. */
  pointAt(weights: Float64Array): ObjectivePoint;
  /** `[columns + 1, columns + 1]`, lower triangle of the loss's Hessian at a point, without the penalty. */
  curvatureAt(point: ObjectivePoint): Float64Array;
  /** The Hessian: a curvature matrix and the penalty's. */
  hessianOf(curvature: Float64Array): Float64Array;
}

/** A logistic objective whose penalty can be changed, its data being set up once. */
export interface PenalisedObjective extends LogisticObjective {
  /** The same loss with another penalty. */
  withPenalty(penalty: number): PenalisedObjective;
}

/** Rows that are standardised at a time: a block of a few hundred columns stays in the cache. */
const blockRows = 64;

/**
 * `f(w, b) = (1/rows) sum_i log(1 + exp(-s_i (w . z_i + b))) + (penalty / 2) |w|^2`, with `s = 2 y - 1`
 * and `z` the standardised features, which are never stored.
 */
export function createLogisticObjective(
  { features, rows, columns }: FeatureMatrix,
  options: {
    readonly labels: ArrayLike<number>;
    readonly standardization: Standardization;
    readonly penalty: number;
  },
): PenalisedObjective {
  const { labels } = options;
  const { mean, scale } = options.standardization;
  const size = columns + 1;
  const padded = Math.ceil(size / 3) * 3; // addGram goes by threes; the extra rows stay zero
  const block = new Float64Array(padded * blockRows);

  /** Puts rows from `start` on into the block, column by column and the column of ones last. */
  const loadBlock = (start: number): number => {
    const count = Math.min(blockRows, rows - start);
    if (count < blockRows) block.fill(0);
    for (let r = 0; r < count; r++) {
      const row = (start + r) * columns;
      for (let c = 0; c < columns; c++) {
        block[c * blockRows + r] = (features[row + c]! - mean[c]!) / scale[c]!;
      }
      block[columns * blockRows + r] = 1;
    }
    return count;
  };

  const pointAt = (weights: Float64Array, penalty: number): ObjectivePoint => {
    // Standardising is folded into the weights and the sums; means are taken off each number, as they may
    // be far larger than deviations.
    const scaled = scale.map((deviation, c) => weights[c]! / deviation);
    const slopes = new Float64Array(columns);
    const curvature = new Float64Array(rows);
    const margins = new Float64Array(4);
    const misses = new Float64Array(4);
    let loss = 0;
    let missed = 0;
    for (let start = 0; start < rows; start += 4) {
      fourMargins(start, { scaled, margins });
      const count = Math.min(4, rows - start);
      misses.fill(0);
      for (let r = 0; r < count; r++) {
        const margin = margins[r]! + weights[columns]!;
        const positive = labels[start + r] === 1;
        const signed = positive ? margin : -margin;
        const e = Math.exp(-Math.abs(margin));
        loss += Math.log1p(e) + Math.max(0, -signed);
        curvature[start + r] = e / (1 + e) ** 2;
        const miss = (signed >= 0 ? e : 1) / (1 + e); // 1 - p of the true class, exact when tiny
        misses[r] = positive ? -miss : miss;
        missed += misses[r]!;
      }
      addFourSlopes(start, { slopes, misses });
    }
    const gradient = new Float64Array(size);
    let squaredWeights = 0;
    let squaredGradient = 0;
    for (let c = 0; c < size; c++) {
      const weight = c < columns ? weights[c]! : 0;
      squaredWeights += weight * weight;
      const sum = c < columns ? slopes[c]! / scale[c]! : missed;
      gradient[c] = sum / rows + penalty * weight;
      squaredGradient += gradient[c]! ** 2;
    }
    return {
      weights,
      value: loss / rows + 0.5 * penalty * squaredWeights,
      gradient,
      gradientNorm: Math.sqrt(squaredGradient),
      curvature,
    };
  };

  /** Where four rows begin; those beyond the last one are the last one again. */
  const fourStarts = (start: number): readonly [number, number, number, number] => {
    const last = rows - 1;
    return [
      start * columns,
      Math.min(start + 1, last) * columns,
      Math.min(start + 2, last) * columns,
      Math.min(start + 3, last) * columns,
    ];
  };

  /** Four rows at a time: their sums don't wait for each other. */
  const fourMargins = (
    start: number,
    { scaled, margins }: { readonly scaled: Float64Array; readonly margins: Float64Array },
  ): void => {
    const [r0, r1, r2, r3] = fourStarts(start);
    let m0 = 0;
    let m1 = 0;
    let m2 = 0;
    let m3 = 0;
    for (let c = 0; c < columns; c++) {
      const weight = scaled[c]!;
      const centre = mean[c]!;
      m0 += (features[r0 + c]! - centre) * weight;
      m1 += (features[r1 + c]! - centre) * weight;
      m2 += (features[r2 + c]! - centre) * weight;
      m3 += (features[r3 + c]! - centre) * weight;
    }
    margins[0] = m0;
    margins[1] = m1;
    margins[2] = m2;
    margins[3] = m3;
  };

  const addFourSlopes = (
    start: number,
    { slopes, misses }: { readonly slopes: Float64Array; readonly misses: Float64Array },
  ): void => {
    const [r0, r1, r2, r3] = fourStarts(start);
    const [m0, m1, m2, m3] = [misses[0]!, misses[1]!, misses[2]!, misses[3]!];
    for (let c = 0; c < columns; c++) {
      const centre = mean[c]!;
      slopes[c] =
        slopes[c]! +
        ((features[r0 + c]! - centre) * m0 +
          (features[r1 + c]! - centre) * m1 +
          ((features[r2 + c]! - centre) * m2 + (features[r3 + c]! - centre) * m3));
    }
  };

  const curvatureAt = ({ curvature }: ObjectivePoint): Float64Array => {
    const sum = new Float64Array(padded * padded);
    const weighting = new Float64Array(blockRows);
    for (let start = 0; start < rows; start += blockRows) {
      const count = loadBlock(start);
      for (let r = 0; r < count; r++) weighting[r] = Math.sqrt(curvature[start + r]!);
      for (let c = 0; c < size; c++) {
        const column = c * blockRows;
        for (let r = 0; r < count; r++) block[column + r] = block[column + r]! * weighting[r]!;
      }
      addGram(block, { sum, size: padded, width: blockRows });
    }
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) matrix[i * size + j] = sum[i * padded + j]! / rows;
    }
    return matrix;
  };

  const withPenalty = (penalty: number): PenalisedObjective => ({
    pointAt: (weights) => pointAt(weights, penalty),
    curvatureAt,
    hessianOf: (curvature) => {
      const hessian = curvature.slice();
      for (let c = 0; c < columns; c++) {
        hessian[c * size + c] = hessian[c * size + c]! + penalty;
      }
      return hessian;
    },
    withPenalty,
  });
  return withPenalty(options.penalty);
}

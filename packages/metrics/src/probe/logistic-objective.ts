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
  /** `[columns + 1, columns + 1]`, lower triangle of the Hessian at a point. */
  hessianAt(point: ObjectivePoint): Float64Array;
}

/** Rows that are standardised at a time: a block of a few hundred columns stays in the cache. */
const blockRows = 64;

/**
 * `f(w, b) = (1/rows) sum_i log(1 + exp(-s_i (w . z_i + b))) + (penalty / 2) |w|^2`, with `s = 2 y - 1`
 * and `z` the standardised features, which are made block by block and never stored.
 */
export function createLogisticObjective(
  { features, rows, columns }: FeatureMatrix,
  options: {
    readonly labels: ArrayLike<number>;
    readonly standardization: Standardization;
    readonly penalty: number;
  },
): LogisticObjective {
  const { labels, penalty } = options;
  const { mean, scale } = options.standardization;
  const size = columns + 1;
  const padded = Math.ceil(size / 3) * 3; // addGram goes by threes; the extra rows stay zero
  const block = new Float64Array(padded * blockRows);
  const margins = new Float64Array(blockRows);

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

  const pointAt = (weights: Float64Array): ObjectivePoint => {
    const gradient = new Float64Array(size);
    const curvature = new Float64Array(rows);
    let loss = 0;
    for (let start = 0; start < rows; start += blockRows) {
      const count = loadBlock(start);
      margins.fill(0);
      for (let c = 0; c < size; c++) {
        const weight = weights[c]!;
        const column = c * blockRows;
        for (let r = 0; r < blockRows; r++) margins[r] = margins[r]! + weight * block[column + r]!;
      }
      let blockLoss = 0;
      for (let r = 0; r < count; r++) {
        const margin = margins[r]!;
        const positive = labels[start + r] === 1;
        const signed = positive ? margin : -margin;
        const e = Math.exp(-Math.abs(margin));
        blockLoss += Math.log1p(e) + Math.max(0, -signed);
        curvature[start + r] = e / (1 + e) ** 2;
        const miss = (signed >= 0 ? e : 1) / (1 + e); // 1 - p of the true class, exact when tiny
        margins[r] = positive ? -miss : miss;
      }
      loss += blockLoss;
      margins.fill(0, count);
      for (let c = 0; c < size; c++) {
        const column = c * blockRows;
        let sum = 0;
        for (let r = 0; r < blockRows; r++) sum += margins[r]! * block[column + r]!;
        gradient[c] = gradient[c]! + sum;
      }
    }
    let squaredWeights = 0;
    let squaredGradient = 0;
    for (let c = 0; c < size; c++) {
      const weight = c < columns ? weights[c]! : 0;
      squaredWeights += weight * weight;
      gradient[c] = gradient[c]! / rows + penalty * weight;
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

  const hessianAt = ({ curvature }: ObjectivePoint): Float64Array => {
    const sum = new Float64Array(padded * padded);
    for (let start = 0; start < rows; start += blockRows) {
      const count = loadBlock(start);
      for (let r = 0; r < count; r++) margins[r] = Math.sqrt(curvature[start + r]!);
      for (let c = 0; c < size; c++) {
        const column = c * blockRows;
        for (let r = 0; r < count; r++) block[column + r] = block[column + r]! * margins[r]!;
      }
      addGram(block, { sum, size: padded, width: blockRows });
    }
    const hessian = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) hessian[i * size + j] = sum[i * padded + j]! / rows;
      if (i < columns) hessian[i * size + i] = hessian[i * size + i]! + penalty;
    }
    return hessian;
  };

  return { pointAt, hessianAt };
}

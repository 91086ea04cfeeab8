import { InputError, ShapeError } from '@q-anchor/core';

import type { WeightPrecision } from './precision.js';

/** How near embeddings are to those of the same users and queries by a model of float32. */
export interface EmbeddingAgreement {
  /** Pairs compared. */
  readonly count: number;
  /** Mean cosine. */
  readonly mean: number;
  /** The cosine that one pair in a hundred does not reach; of fewer than a hundred, the lowest. */
  readonly low: number;
  /** Lowest cosine. */
  readonly worst: number;
}

/**
 * Compares embeddings pair by pair, by their cosine.
 *
 * @param embeddings - two sets `[count, dimensions]`, rows in one order
 * @param dimensions - size of a row
 * @throws {@link @q-anchor/core#InputError} if there is none
 * @throws {@link @q-anchor/core#ShapeError} if the sets differ in size, or are no rows of that size
 */
export function embeddingAgreement(
  [a, b]: readonly [Float32Array, Float32Array],
  dimensions: number,
): EmbeddingAgreement {
  const count = a.length / dimensions;
  if (a.length !== b.length || !Number.isInteger(count)) {
    throw new ShapeError('embeddingAgreement', [a.length / dimensions, dimensions], [b.length]);
  }
  if (count === 0) {
    throw new InputError({
      where: 'embeddingAgreement',
      expected: 'at least one pair of embeddings',
      found: 'none',
    });
  }
  const cosines = Float64Array.from({ length: count }, (_, row) => {
    const [x, y] = [a, b].map((all) => all.subarray(row * dimensions, (row + 1) * dimensions));
    const cosine = dot(x!, y!) / Math.sqrt(dot(x!, x!) * dot(y!, y!));
    // What is no number agrees with nothing.
    return Number.isNaN(cosine) ? -1 : cosine;
  }).toSorted();
  return {
    count,
    mean: cosines.reduce((sum, cosine) => sum + cosine, 0) / count,
    low: cosines[Math.floor(count / 100)]!,
    worst: cosines[0]!,
  };
}

const dot = (x: Float32Array, y: Float32Array): number =>
  x.reduce((sum, value, i) => sum + value * y[i]!, 0);

const digits = (cosine: number): string => cosine.toFixed(5);

/** The lowest {@link EmbeddingAgreement.low} at which weights of a precision may serve. */
export const requiredAgreement: Readonly<Record<WeightPrecision, number>> = {
  f32: 0.999,
  f16: 0.999,
  bf16: 0.999,
  int8: 0.999,
  int4: 0.99,
};

/**
 * Refuses weights whose embeddings are too far from float32's.
 *
 * @param weights - the precision
 * @param agreement - on a sample of users and queries
 * @throws {@link @q-anchor/core#InputError} if {@link EmbeddingAgreement.low} is below
 * {@link requiredAgreement}
 */
export function requireAgreement(weights: WeightPrecision, agreement: EmbeddingAgreement): void {
  const { low, mean, worst, count } = agreement;
  const required = requiredAgreement[weights];
  if (low >= required) return;
  throw new InputError({
    where: `embeddings by ${weights} weights`,
    expected: `a cosine to float32 of at least ${required} for 99 in a hundred of ${count}`,
    found: `${digits(low)} (mean ${digits(mean)}, lowest ${digits(worst)})`,
    fix: 'Take a finer precision or smaller blocks, or force it',
  });
}

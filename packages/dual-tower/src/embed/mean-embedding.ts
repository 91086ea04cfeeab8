import { InputError, ShapeError } from '@q-anchor/core';

/** Sums shorter than this share of their terms are rounding, whose direction says nothing. */
const shortestShare = 1e-6;

/**
 * The embedding for several questions together: the mean of a user's embeddings for each of them,
 * scaled to length 1 again.
 *
 * `e = s / |s|`, `s = sum_i e_i`, over the n rows `e_i`, each of length 1. The order of the rows makes
 * no difference beyond rounding, and one row comes back bit for bit.
 *
 * @param embeddings - `[n, dimensions]`, rows of length 1, as `embedder.embed` gives them for one user
 * @param dimensions - size of an embedding
 * @returns `[dimensions]`, of length 1
 * @throws {@link @q-anchor/core#InputError} if there is no row, or the rows cancel out: `|s| <= 1e-6 n`
 * @throws {@link @q-anchor/core#ShapeError} if they are no rows of that size
 * @example
 * ```ts
 * meanEmbedding(Float32Array.of(1, 0, 0, 1), 2); // [0.7071, 0.7071]
 * ```
 */
export function meanEmbedding(embeddings: Float32Array, dimensions: number): Float32Array {
  const count = embeddings.length / dimensions;
  if (!Number.isInteger(count)) {
    throw new ShapeError('meanEmbedding', ['n', dimensions], [embeddings.length]);
  }
  if (count === 0) {
    throw new InputError({
      where: 'meanEmbedding',
      expected: 'at least one embedding',
      found: 'none',
    });
  }
  if (count === 1) return embeddings.slice();
  const sum = new Float64Array(dimensions);
  for (const [i, value] of embeddings.entries()) sum[i % dimensions]! += value;
  const length = Math.hypot(...sum);
  if (!(length > shortestShare * count)) {
    throw new InputError({
      where: `the mean of ${count} embeddings`,
      expected: 'embeddings that do not cancel out',
      found: `a sum of length ${length}`,
      fix: 'Ask one question, or others',
    });
  }
  return Float32Array.from(sum, (value) => value / length);
}

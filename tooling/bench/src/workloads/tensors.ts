import type { TensorData } from '@q-anchor/graph';

/** An integer tensor whose elements are a function of their index. */
export const int64Tensor = (
  shape: readonly number[],
  valueAt: (index: number) => number,
): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    BigInt(valueAt(i)),
  ),
});

/** A tensor of given elements. */
export const float32Tensor = (shape: readonly number[], data: Float32Array): TensorData => ({
  dtype: 'float32',
  shape,
  data,
});

/**
 * A tensor with values spread over `(-scale, scale)` without a pattern that products could profit
 * from; much faster than random draws, since hundreds of millions are needed.
 *
 * @param shape - sizes
 * @param options - scale of the values; a seed, which must be another one for each weight of a shape:
 *   ONNX Runtime packs equal weights once, and a processor's cache then holds what it never would of
 *   a model's
 */
export function scatteredTensor(
  shape: readonly number[],
  { scale = 1, seed = 1 }: { readonly scale?: number; readonly seed?: number } = {},
): TensorData {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    data[i] = (state / 2 ** 31 - 1) * scale;
  }
  return float32Tensor(shape, data);
}

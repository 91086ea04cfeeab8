import type { FloatDType, TensorData } from '@q-anchor/graph';
import { arrayFrom, type DType } from '@q-anchor/graph';

import type { GoldenTensor } from './golden.js';

/** An element type that graphs are run in, and the errors allowed there. */
export interface Precision {
  /** Element type. */
  readonly dtype: FloatDType;
  /** As it stands in rows. */
  readonly name: string;
  /** Largest relative error of values. */
  readonly values: number;
  /** Largest relative error of gradients. */
  readonly gradients: number;
}

/** Both element types; each golden is recomputed in each. */
export const precisions: readonly Precision[] = [
  { dtype: 'float32', name: 'f32', values: 1e-5, gradients: 5e-5 },
  { dtype: 'float64', name: 'f64', values: 1e-9, gradients: 1e-9 },
];

/**
 * The errors allowed against a golden: those of float32 if it was computed in float32 itself, which
 * shows in every one of its numbers being one.
 */
export function tolerancesFor(
  precision: Precision,
  expected: readonly number[],
): Pick<Precision, 'values' | 'gradients'> {
  const isSingle = expected.every((value) => Math.fround(value) === value);
  return isSingle ? precisions[0]! : precision;
}

/** Tolerance of what is computed in JavaScript's own numbers. */
export const doubleTolerance = 1e-9;

/** A golden's numbers as a tensor. */
export const tensorOf = (
  dtype: DType,
  { shape, values }: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
): TensorData => ({ dtype, shape, data: arrayFrom(dtype, values) });

/** A tensor's elements as numbers. */
export const numbersOf = ({ data }: TensorData): number[] => Array.from(data, Number);

/** Zeros of a golden's shape. */
export const zerosLike = ({ shape, values }: GoldenTensor): GoldenTensor => ({
  shape,
  values: values.map(() => 0),
});

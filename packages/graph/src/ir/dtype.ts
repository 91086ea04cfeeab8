/** The element types of tensors. `float64` is for gradient checks and goldens. */
export type DType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'uint8' | 'bool';

/** The element types that carry gradients. */
export type FloatDType = 'float32' | 'float64';

/** Storage of tensor elements: `float16` as its bits in `Uint16Array`, `bool` as 0 and 1. */
export type TensorArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Uint8Array;

/** A tensor's content on the host. */
export interface TensorData {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: TensorArray;
}

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** Whether tensors of this type carry gradients. */
export const isFloat = (dtype: DType): dtype is FloatDType =>
  dtype === 'float32' || dtype === 'float64';

/** A zeroed array of `length` elements of a type. */
export function arrayOf(dtype: DType, length: number): TensorArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
      return new Uint16Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    default:
      return new Uint8Array(length);
  }
}

/**
 * Numbers as a tensor's content.
 *
 * @param dtype - element type
 * @param values - elements in row-major order; booleans as 0 and 1
 */
export function arrayFrom(dtype: DType, values: ArrayLike<number>): TensorArray {
  if (dtype === 'int64') return BigInt64Array.from(values, (value) => BigInt(value));
  const array = arrayOf(dtype, values.length) as Exclude<TensorArray, BigInt64Array>;
  array.set(values);
  return array;
}

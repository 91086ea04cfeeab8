/** Element types of {@link TensorData}. */
export type TensorDType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'uint8' | 'bool';

/** A tensor's content on the host. */
export interface TensorData {
  /** Element type. */
  readonly dtype: TensorDType;
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order; `float16` as its bits, `bool` as 0 and 1. */
  readonly data:
    | Float32Array
    | Float64Array
    | Uint16Array
    | BigInt64Array
    | Int32Array
    | Uint8Array;
}

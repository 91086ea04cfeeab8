import { InputError } from '@q-anchor/core';

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

/** A tensor whose elements lie in a file: little-endian, in row-major order, without gaps. */
export interface StoredTensor {
  /** Element type of the tensor. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Where its bytes are. */
  readonly file: StoredBytes;
}

/** A range of a file. */
export interface StoredBytes {
  /** The file. */
  readonly path: string;
  /** First byte. */
  readonly byteOffset: number;
  /** Number of bytes. */
  readonly byteLength: number;
  /** How a float32 tensor is stored if not as such; it is widened when it is loaded, exactly. */
  readonly encoding?: 'float16' | 'bfloat16';
}

/** Whether a tensor lies in a file. */
export const isStored = (tensor: TensorData | StoredTensor): tensor is StoredTensor =>
  'file' in tensor;

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

/**
 * Checks that tensors have one element type.
 *
 * @param where - the op's name, for the error
 * @param tensors - what it is given
 * @throws {@link InputError} if they have not
 */
export function checkOneType(where: string, tensors: readonly { readonly dtype: DType }[]): void {
  const types = new Set(tensors.map(({ dtype }) => dtype));
  if (types.size > 1) {
    const found = [...types].join(' and ');
    throw new InputError({ where, expected: 'operands of one type', found, fix: 'See cast.' });
  }
}

/**
 * Checks a tensor's element type.
 *
 * @param where - what the tensor is, for the error
 * @param of - the tensor, and the type wanted
 * @throws {@link InputError} if it has another
 */
export function checkType(
  where: string,
  [{ dtype }, wanted]: readonly [{ readonly dtype: DType }, DType],
): void {
  if (dtype !== wanted) throw new InputError({ where, expected: wanted, found: dtype });
}

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

const int64Of = (value: number): bigint => {
  if (!Number.isInteger(value)) {
    throw new InputError({ where: 'arrayFrom', expected: 'int64 integers', found: `${value}` });
  }
  return BigInt(value);
};

/**
 * Numbers as a tensor's content.
 *
 * @param dtype - element type
 * @param values - elements in row-major order; booleans as 0 and 1
 * @throws {@link InputError} for float16, and for int64 if a value is no integer
 */
export function arrayFrom(dtype: DType, values: ArrayLike<number>): TensorArray {
  if (dtype === 'float16') {
    throw new InputError({
      where: 'arrayFrom',
      expected: 'an element type that JavaScript has numbers for',
      found: dtype,
      fix: 'Make a float32 tensor and cast it.',
    });
  }
  if (dtype === 'int64') return BigInt64Array.from(values, int64Of);
  const array = arrayOf(dtype, values.length) as Exclude<TensorArray, BigInt64Array>;
  array.set(values);
  return array;
}

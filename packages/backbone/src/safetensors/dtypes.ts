import type { TensorData, TensorDType } from './tensor-data.js';

/** Element types of safetensors files that are read and written here. */
export type SafetensorsDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8' | 'BOOL';

interface StoredType {
  /** Bytes of one element. */
  readonly bytes: number;
  /** What it becomes in memory; bfloat16, which has no type of its own there, widens exactly. */
  readonly memory: TensorDType;
}

/** Each stored type by its name in the header. */
export const storedTypes: Readonly<Record<SafetensorsDType, StoredType>> = {
  F64: { bytes: 8, memory: 'float64' },
  F32: { bytes: 4, memory: 'float32' },
  F16: { bytes: 2, memory: 'float16' },
  BF16: { bytes: 2, memory: 'float32' },
  I64: { bytes: 8, memory: 'int64' },
  I32: { bytes: 4, memory: 'int32' },
  U8: { bytes: 1, memory: 'uint8' },
  BOOL: { bytes: 1, memory: 'bool' },
};

/** Whether a header's dtype is one of {@link storedTypes}. */
export const isStoredType = (name: unknown): name is SafetensorsDType =>
  typeof name === 'string' && Object.hasOwn(storedTypes, name);

/** How a tensor in memory is stored unless told otherwise. */
export const naturalStorage: Readonly<Record<TensorDType, SafetensorsDType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

/** The array class of each type in memory. */
export const arrayTypes = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<TensorDType, new (length: number) => TensorData['data']>;

/** The number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

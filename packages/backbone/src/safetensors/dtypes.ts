import type { DType } from '@q-anchor/graph';

/** Element types of safetensors files that are read and written here. */
export type SafetensorsDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8' | 'BOOL';

interface StoredType {
  /** Bytes of one element. */
  readonly bytes: number;
  /** What it becomes in memory; bfloat16, which has no type of its own there, widens exactly. */
  readonly memory: DType;
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
export const naturalStorage: Readonly<Record<DType, SafetensorsDType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

/** The number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

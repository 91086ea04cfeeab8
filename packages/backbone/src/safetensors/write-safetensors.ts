import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { InputError, ShapeError } from '@q-anchor/core';
import { arrayOf, type TensorData } from '@q-anchor/graph';

import { elementCount, naturalStorage, storedTypes, type SafetensorsDType } from './dtypes.js';
import { encodeBfloat16, encodeFloat16 } from './half-floats.js';

/** How float32 tensors can be stored. */
export type Float32Storage = 'F32' | 'F16' | 'BF16';

/** Settings of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Free texts for the header's `__metadata__`; `{ format: 'pt' }` is what PyTorch's readers expect. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * How float32 tensors are stored, all or by name; `'F32'` by default. Half floats are rounded to
   * the nearest, ties to even.
   */
  readonly float32As?: Float32Storage | ((name: string) => Float32Storage);
}

/**
 * Writes a safetensors file, whole or not at all, one tensor after the other.
 *
 * The larger element types come first, then names in order: every tensor starts at a multiple of its
 * element's size, and equal content gives equal bytes.
 *
 * @param path - the file; missing folders are made
 * @param tensors - tensors by name
 * @throws {@link @q-anchor/core#ShapeError} if a tensor has not as many elements as its shape says
 * @throws {@link @q-anchor/core#InputError} if its array is not of its dtype, or its name is
 * `__metadata__`
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorData>>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const { metadata, float32As = 'F32' } = options;
  const storageOf = typeof float32As === 'function' ? float32As : () => float32As;
  const planned = Object.entries(tensors)
    .map(([name, tensor]) => {
      check(name, tensor, path);
      const dtype = tensor.dtype === 'float32' ? storageOf(name) : naturalStorage[tensor.dtype];
      return { name, tensor, dtype, elementBytes: storedTypes[dtype].bytes };
    })
    .toSorted((a, b) => b.elementBytes - a.elementBytes || (a.name < b.name ? -1 : 1));

  let end = 0;
  const entries = planned.map(({ name, tensor, dtype, elementBytes }) => {
    const start = end;
    end += elementCount(tensor.shape) * elementBytes;
    return [name, { dtype, shape: tensor.shape, data_offsets: [start, end] }] as const;
  });
  const header = Object.fromEntries<unknown>(
    metadata === undefined ? entries : [['__metadata__', metadata], ...entries],
  );
  await writeParts(path, [
    () => headerBytes(JSON.stringify(header)),
    ...planned.map(
      ({ tensor, dtype }) =>
        () =>
          tensorBytes(tensor, dtype),
    ),
  ]);
}

function check(name: string, tensor: TensorData, path: string): void {
  const where = `${path}: tensor ${name}`;
  if (name === '__metadata__') {
    throw new InputError({ where, expected: 'another name', found: 'the one kept for metadata' });
  }
  const expected = arrayOf(tensor.dtype, 0)[Symbol.toStringTag];
  const found = tensor.data[Symbol.toStringTag];
  if (found !== expected) {
    throw new InputError({ where, expected: `${expected} for ${tensor.dtype}`, found });
  }
  if (elementCount(tensor.shape) !== tensor.data.length) {
    throw new ShapeError(where, tensor.shape, [tensor.data.length]);
  }
}

/** Length and JSON, filled up with spaces so that the data starts at a multiple of 8. */
function headerBytes(json: string): Uint8Array {
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  bytes.write(json, 8, 'utf8');
  return bytes;
}

function tensorBytes({ data }: TensorData, dtype: SafetensorsDType): Uint8Array {
  let stored: ArrayBufferView = data;
  if (data instanceof Float32Array && dtype === 'F16') stored = encodeFloat16(data);
  if (data instanceof Float32Array && dtype === 'BF16') stored = encodeBfloat16(data);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Parts are made one at a time: a checkpoint of gigabytes never stands in memory twice. */
async function writeParts(path: string, parts: readonly (() => Uint8Array)[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const suffix = randomBytes(6).toString('hex');
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}.partial`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const part of parts) await handle.writeFile(part());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

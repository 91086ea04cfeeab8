import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { InputError, ShapeError } from '@q-anchor/core';
import { arrayOf, type DType, type TensorArray, type TensorData } from '@q-anchor/graph';

import { elementCount, naturalStorage, storedTypes, type SafetensorsDType } from './dtypes.js';
import { encodeBfloat16, encodeFloat16 } from './half-floats.js';

/** A tensor whose values are made while it is written, so that they need never stand whole in memory. */
export interface StreamedTensor {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Its values in row-major order, part by part; called once, when its turn comes. */
  parts(): Iterable<TensorArray> | AsyncIterable<TensorArray>;
}

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
 * Writes a safetensors file, whole or not at all, one tensor after the other. A tensor of gigabytes
 * may come in parts, see {@link StreamedTensor}.
 *
 * The larger element types come first, then names in order: every tensor starts at a multiple of its
 * element's size, and equal content gives equal bytes.
 *
 * @param path - the file; missing folders are made
 * @param tensors - tensors by name
 * @throws {@link @q-anchor/core#ShapeError} if a tensor has not as many elements as its shape says;
 * for one in parts that is known when its last part is written
 * @throws {@link @q-anchor/core#InputError} if its array is not of its dtype, or its name is
 * `__metadata__`
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorData | StreamedTensor>>,
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
  await writeWhole(path, async (handle) => {
    await handle.writeFile(headerBytes(JSON.stringify(header)));
    for (const { name, tensor, dtype } of planned) {
      const where = `${path}: tensor ${name}`;
      let written = 0;
      for await (const part of partsOf(tensor)) {
        checkArray(part, tensor.dtype, where);
        written += part.length;
        if (written > elementCount(tensor.shape)) break;
        await handle.writeFile(storedBytes(part, dtype));
      }
      if (written !== elementCount(tensor.shape)) {
        throw new ShapeError(where, tensor.shape, [written]);
      }
    }
  });
}

const partsOf = (tensor: TensorData | StreamedTensor) =>
  'parts' in tensor ? tensor.parts() : [tensor.data];

/** What can be told before anything is written. */
function check(name: string, tensor: TensorData | StreamedTensor, path: string): void {
  const where = `${path}: tensor ${name}`;
  if (name === '__metadata__') {
    throw new InputError({ where, expected: 'another name', found: 'the one kept for metadata' });
  }
  if ('parts' in tensor) return;
  checkArray(tensor.data, tensor.dtype, where);
  if (elementCount(tensor.shape) !== tensor.data.length) {
    throw new ShapeError(where, tensor.shape, [tensor.data.length]);
  }
}

function checkArray(data: TensorArray, dtype: DType, where: string): void {
  const expected = arrayOf(dtype, 0)[Symbol.toStringTag];
  const found = data[Symbol.toStringTag];
  if (found !== expected) {
    throw new InputError({ where, expected: `${expected} for ${dtype}`, found });
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

function storedBytes(data: TensorArray, dtype: SafetensorsDType): Uint8Array {
  let stored: ArrayBufferView = data;
  if (data instanceof Float32Array && dtype === 'F16') stored = encodeFloat16(data);
  if (data instanceof Float32Array && dtype === 'BF16') stored = encodeBfloat16(data);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

async function writeWhole(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const suffix = randomBytes(6).toString('hex');
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}.partial`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await write(handle);
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

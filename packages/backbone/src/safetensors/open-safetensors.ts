import { open, type FileHandle } from 'node:fs/promises';

import { InputError } from '@q-anchor/core';
import { arrayOf } from '@q-anchor/graph';

import { elementCount, storedTypes } from './dtypes.js';
import { decodeBfloat16, decodeFloat16 } from './half-floats.js';
import { maxHeaderBytes, parseHeader, type Header, type TensorInfo } from './header.js';
import { readBytes } from './read-bytes.js';
import { missingTensor, type TensorSource } from './tensor-source.js';

/** Half floats are widened in parts of this many, so that their words never stand whole in memory. */
const halvesPerPart = 2 ** 20;

/**
 * Opens a safetensors file: its header is read and checked, a tensor's bytes only when asked for.
 * Files are little-endian, and so is every machine that Node.js runs on here.
 *
 * @param path - the file
 * @throws {@link @q-anchor/core#InputError} if it is missing, truncated, or its header is wrong; the
 * message names file, tensor, what was expected and found
 * @example
 * ```ts
 * await using file = await openSafetensors('model.safetensors');
 * const { shape, data } = await file.read('model.norm.weight');
 * ```
 */
export async function openSafetensors(path: string): Promise<TensorSource> {
  const handle = await openFile(path);
  try {
    return createSource(handle, path, await readHeader(handle, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(
      {
        where: path,
        expected: 'a readable safetensors file',
        found: missing ? 'no file' : String(error),
      },
      { cause: error },
    );
  }
}

async function readHeader(handle: FileHandle, path: string): Promise<Header> {
  const status = await handle.stat();
  const byteLength = status.size;
  if (!status.isFile() || byteLength < 8) {
    throw new InputError({
      where: path,
      expected: 'a safetensors file, of at least 8 bytes',
      found: status.isFile() ? `${byteLength} bytes, truncated` : 'no regular file',
    });
  }
  const prefix = new Uint8Array(8);
  await readBytes(handle, prefix, { where: `${path}: header length`, position: 0 });
  const headerLength = new DataView(prefix.buffer).getBigUint64(0, true);
  const room = Math.min(byteLength - 8, maxHeaderBytes);
  if (headerLength > BigInt(room)) {
    throw new InputError({
      where: `${path}: header`,
      expected: `a header of at most ${room} bytes in a file of ${byteLength}`,
      found: `a header of ${headerLength} bytes`,
      fix: 'The file is truncated, or is not a safetensors file',
    });
  }
  const header = new Uint8Array(Number(headerLength));
  await readBytes(handle, header, { where: `${path}: header`, position: 8 });
  const dataStart = 8 + header.byteLength;
  return parseHeader(decodedHeader(header, path), { path, dataStart, byteLength });
}

function decodedHeader(header: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (error) {
    throw new InputError(
      {
        where: `${path}: header`,
        expected: 'text in UTF-8',
        found: 'bytes that are none',
        fix: 'The file is damaged, or is not a safetensors file',
      },
      { cause: error },
    );
  }
}

function createSource(handle: FileHandle, path: string, header: Header): TensorSource {
  const { tensors, metadata } = header;
  const names = [...tensors.keys()].toSorted();
  const info = (name: string): TensorInfo => {
    const found = tensors.get(name);
    if (found === undefined) throw missingTensor(name, { path, names });
    return found;
  };
  const where = (name: string): string => `${path}: tensor ${name}`;
  const fill = async (target: ArrayBufferView, name: string, position: number): Promise<void> => {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    await readBytes(handle, bytes, { where: where(name), position });
  };
  const readHalves = async (name: string, { dtype, shape, byteOffset }: TensorInfo) => {
    const out = new Float32Array(elementCount(shape));
    const decode = dtype === 'F16' ? decodeFloat16 : decodeBfloat16;
    const part = new Uint16Array(Math.min(out.length, halvesPerPart));
    for (let start = 0; start < out.length; start += part.length) {
      const words = part.subarray(0, out.length - start);
      await fill(words, name, byteOffset + 2 * start);
      decode(words, out.subarray(start, start + words.length));
    }
    return out;
  };
  const source: TensorSource = {
    path,
    names,
    metadata,
    has: (name) => tensors.has(name),
    info,
    where,
    async read(name) {
      const stored = info(name);
      const { dtype, shape, byteOffset } = stored;
      if (dtype === 'BF16')
        return { dtype: 'float32', shape, data: await readHalves(name, stored) };
      const { memory } = storedTypes[dtype];
      const data = arrayOf(memory, elementCount(shape));
      await fill(data, name, byteOffset);
      return { dtype: memory, shape, data };
    },
    async readFloat32(name) {
      const stored = info(name);
      if (stored.dtype === 'F16' || stored.dtype === 'BF16') return readHalves(name, stored);
      const { data } = await source.read(name);
      if (data instanceof Float32Array) return data;
      if (data instanceof Float64Array) return Float32Array.from(data);
      throw new InputError({
        where: where(name),
        expected: 'a floating dtype: F64, F32, F16 or BF16',
        found: stored.dtype,
      });
    },
    async readBytes(name, range) {
      const { byteOffset, byteLength } = info(name);
      const { start, end } = range ?? { start: 0, end: byteLength };
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw new InputError({
          where: where(name),
          expected: `a range of its ${byteLength} bytes`,
          found: `${start} to ${end}`,
        });
      }
      const data = new Uint8Array(end - start);
      await fill(data, name, byteOffset + start);
      return data;
    },
    stored(name) {
      const { dtype, shape, byteOffset, byteLength } = info(name);
      const file = { path, byteOffset, byteLength };
      if (dtype === 'F16')
        return { dtype: 'float32', shape, file: { ...file, encoding: 'float16' } };
      if (dtype === 'BF16') {
        return { dtype: 'float32', shape, file: { ...file, encoding: 'bfloat16' } };
      }
      return { dtype: storedTypes[dtype].memory, shape, file };
    },
    close: () => handle.close(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
  return source;
}

import { InputError, jsonOf } from '@q-anchor/core';
import { z } from 'zod';

import { repeatedKey } from './repeated-key.js';
import { elementCount, isStoredType, storedTypes, type SafetensorsDType } from './dtypes.js';

/** Where and what a stored tensor is. */
export interface TensorInfo {
  /** Element type as stored. */
  readonly dtype: SafetensorsDType;
  /** Sizes by axis. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly byteOffset: number;
  /** Number of bytes. */
  readonly byteLength: number;
}

/** A safetensors header that has been checked against its file. */
export interface Header {
  /** Tensors by name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The free texts of `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Headers above this are refused, as by the format's reference implementation. */
export const maxHeaderBytes = 100_000_000;

const size = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads a header: every tensor's type is known, its byte length is that of its shape, and the tensors
 * cover the data without overlap or hole up to the end of the file.
 *
 * @param text - the header's JSON
 * @param file - the file's name, where its data starts and how long it is
 * @throws {@link @q-anchor/core#InputError} naming file, tensor, what was expected and found
 */
export function parseHeader(
  text: string,
  file: { readonly path: string; readonly dataStart: number; readonly byteLength: number },
): Header {
  const { path, dataStart, byteLength: fileLength } = file;
  const { __metadata__: metadata, ...entries } = parseObject(text, path);
  const tensors = Object.entries(entries)
    .map(
      ([name, entry]) => [name, parseEntry(entry, `${path}: tensor ${name}`, dataStart)] as const,
    )
    .toSorted(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);

  let end = dataStart;
  for (const [name, info] of tensors) {
    const where = `${path}: tensor ${name}`;
    if (info.byteOffset !== end) {
      const problem = info.byteOffset < end ? 'overlaps the tensor before' : 'leaves a hole';
      throw new InputError({
        where,
        expected: `data that starts at offset ${end - dataStart}, where the tensor before ends`,
        found: `offset ${info.byteOffset - dataStart}, which ${problem}`,
      });
    }
    end += info.byteLength;
    if (end > fileLength) {
      throw new InputError({
        where,
        expected: `a file of at least ${end} bytes, where the tensor ends`,
        found: `${fileLength} bytes`,
        fix: 'The file is truncated: fetch or copy it again',
      });
    }
  }
  if (end !== fileLength) {
    throw new InputError({
      where: path,
      expected: `the end of the file at byte ${end}, after the last tensor`,
      found: `${fileLength} bytes`,
    });
  }
  const parsedMetadata = metadataSchema.safeParse(metadata ?? {});
  if (!parsedMetadata.success) {
    throw new InputError({
      where: `${path}: __metadata__`,
      expected: 'texts by name',
      found: JSON.stringify(metadata).slice(0, 60),
    });
  }
  return { tensors: new Map(tensors), metadata: parsedMetadata.data };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  const value = jsonOf(text, `${path}: header`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError({
      where: `${path}: header`,
      expected: 'a JSON object of tensors',
      found: text.slice(0, 60),
    });
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw new InputError({
      where: `${path}: tensor ${repeated}`,
      expected: 'each name once in the header',
      found: 'it twice',
    });
  }
  return value as Record<string, unknown>;
}

function parseEntry(entry: unknown, where: string, dataStart: number): TensorInfo {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    throw new InputError({
      where,
      expected: 'dtype, shape and data_offsets [start, end]',
      found: JSON.stringify(entry).slice(0, 120),
    });
  }
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  const [start, end] = offsets;
  if (!isStoredType(dtype)) {
    throw new InputError({
      where,
      expected: `a dtype of ${Object.keys(storedTypes).join(', ')}`,
      found: dtype,
    });
  }
  const byteLength = elementCount(shape) * storedTypes[dtype].bytes;
  if (end - start !== byteLength) {
    throw new InputError({
      where,
      expected: `${byteLength} bytes for ${dtype} [${shape.join(', ')}]`,
      found: `${end - start} bytes, offsets ${start} to ${end}`,
    });
  }
  return { dtype, shape, byteOffset: dataStart + start, byteLength };
}

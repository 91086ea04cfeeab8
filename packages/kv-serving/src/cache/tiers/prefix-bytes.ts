import { crc32 } from 'node:zlib';

import { storageOf, type StoragePrecision, type StoredPrefix } from '@q-anchor/dual-tower';

import type { DatedPrefix, PrefixPlace } from './prefix-tier.js';

/*
 * A prefix outside memory, little-endian:
 *   0  magic        4  bytes of the description        8  CRC-32 of all that follows byte 16        12  0
 *  16  description, JSON filled with blanks to a multiple of 8
 *      segments, positions (int64), ranges (float32, filled to a multiple of 8), content
 */

/** The first bytes, `QKV1`; another number than the format's on machines of the other byte order. */
const magic = 0x31564b51;
const headBytes = 16;

/** What stands before the arrays. */
interface Description {
  readonly key: string;
  readonly storedDays: number;
  readonly storage: StoragePrecision;
  readonly length: number;
  /** Numbers of the content, and of the ranges. */
  readonly numbers: number;
  readonly ranges: number;
}

const rounded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
const arrayClasses = { f32: Float32Array, f16: Uint16Array, int8: Uint8Array } as const;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/**
 * A prefix as bytes, in parts that are to be written one after the other; the large ones are not copied.
 *
 * @param key - its key, which a reader compares
 * @param kept - the prefix and its date
 */
export function prefixParts(key: string, { prefix, storedDays }: DatedPrefix): Uint8Array[] {
  const { length, segments, positions, content, ranges } = prefix;
  const description: Description = {
    key,
    storedDays,
    storage: storageOf(prefix),
    length,
    numbers: content.length,
    ranges: ranges?.length ?? 0,
  };
  const text = Buffer.from(JSON.stringify(description));
  const head = Buffer.alloc(headBytes + rounded(text.length), ' ');
  head.set(text, headBytes);
  const rangeBytes = ranges ? bytesOf(ranges) : new Uint8Array();
  const filling = new Uint8Array(rounded(rangeBytes.length) - rangeBytes.length);
  // Without empty ones, whose sum would begin anew.
  const arrays = [segments, positions, rangeBytes, filling, content]
    .map(bytesOf)
    .filter((part) => part.length > 0);
  const sum = [head.subarray(headBytes), ...arrays].reduce((crc, part) => crc32(part, crc), 0);
  new Uint32Array(head.buffer, head.byteOffset, 4).set([magic, head.length - headBytes, sum, 0]);
  return [head, ...arrays];
}

/** Bytes of {@link prefixParts}, but for some two hundred of the description. */
export const writtenBytes = ({ content, segments, positions, ranges }: StoredPrefix): number =>
  segments.byteLength +
  positions.byteLength +
  rounded(ranges?.byteLength ?? 0) +
  content.byteLength;

/**
 * A prefix from its bytes; undefined where they are torn, damaged, of another format, or another
 * prefix's. The arrays are views where the bytes are aligned.
 *
 * @param bytes - all of them
 * @param place - whose key they must have
 */
export function prefixFrom(bytes: Uint8Array, { key }: PrefixPlace): DatedPrefix | undefined {
  if (bytes.length < headBytes) return undefined;
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const [found, descriptionBytes, sum] = new Uint32Array(aligned.buffer, aligned.byteOffset, 4);
  const end = headBytes + descriptionBytes!;
  if (found !== magic || end > aligned.length) return undefined;
  if (crc32(aligned.subarray(headBytes)) !== sum) return undefined;
  // From here on it is what was written, by whatever wrote it.
  try {
    const text = Buffer.from(aligned.subarray(headBytes, end)).toString();
    const description = JSON.parse(text) as Description;
    return description.key === key ? arraysFrom(aligned, { description, start: end }) : undefined;
  } catch {
    return undefined;
  }
}

/** The arrays behind a description. */
function arraysFrom(
  bytes: Uint8Array,
  { description, start }: { readonly description: Description; readonly start: number },
): DatedPrefix | undefined {
  const { length, storage, numbers, ranges: rangeCount, storedDays } = description;
  const contentClass = arrayClasses[storage];
  let at = bytes.byteOffset + start;
  const take = (size: number): number => (at += size) - size;
  const buffer = bytes.buffer as ArrayBuffer;
  const segments = new BigInt64Array(buffer, take(8 * length), length);
  const positions = new BigInt64Array(buffer, take(8 * length), length);
  const ranges = new Float32Array(buffer, take(rounded(4 * rangeCount)), rangeCount);
  const content = new contentClass(buffer, take(contentClass.BYTES_PER_ELEMENT * numbers), numbers);
  if (at !== bytes.byteOffset + bytes.length) return undefined;
  const prefix = { length, segments, positions, content, ...(rangeCount > 0 && { ranges }) };
  return { prefix, storedDays };
}

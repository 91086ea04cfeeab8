import { crc32 } from 'node:zlib';

const newline = Buffer.from('\n');
const space = 0x20;
const sumLength = 8;

const sumOf = (json: Buffer): string => crc32(json).toString(16).padStart(sumLength, '0');

/** A record as a line: the CRC-32 of its JSON in hexadecimal, a space, the JSON. */
export function recordLine(json: string): Buffer {
  const bytes = Buffer.from(json);
  return Buffer.concat([Buffer.from(`${sumOf(bytes)} `), bytes, newline]);
}

/**
 * The record of a line without its end; undefined where the line is damaged.
 *
 * @param line - as {@link recordLine} wrote it
 */
export function recordOf(line: Buffer): { readonly value: unknown } | undefined {
  if (line.length <= sumLength || line[sumLength] !== space) return undefined;
  const json = line.subarray(sumLength + 1);
  if (line.toString('latin1', 0, sumLength) !== sumOf(json)) return undefined;
  return { value: JSON.parse(json.toString()) };
}

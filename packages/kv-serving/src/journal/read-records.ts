import { createReadStream } from 'node:fs';

import { InputError } from '@q-anchor/core';

import { recordOf } from './record-line.js';

const newline = 0x0a;

/** First record of each file. */
export const fileHeader = { format: 'q-anchor-users', version: 1 } as const;

/** How much of a file is whole. */
export interface WholeRecords {
  /** Bytes of whole records from the start, the header counted. */
  readonly wholeBytes: number;
  /** Bytes behind them: what a crash left of the last write. */
  readonly tornBytes: number;
}

/**
 * Reads a file of records from its start. What is whole is handed on; a last record that is not whole is
 * what a crash leaves of a write that nobody was told of.
 *
 * @param path - the file
 * @param options - takes each record and its place; whether the last may be torn
 * @throws {@link InputError} if another record is damaged, or the file is of another format
 */
export async function readRecords(
  path: string,
  options: {
    readonly onRecord: (value: unknown, where: string) => void;
    readonly mayBeTorn: boolean;
  },
): Promise<WholeRecords> {
  const { onRecord, mayBeTorn } = options;
  let [wholeBytes, seenBytes, count] = [0, 0, 0];
  let rest: Buffer[] = [];
  let damagedAt: number | undefined;
  const take = (line: Buffer): void => {
    const where = `${path}, byte ${seenBytes}`;
    const start = seenBytes;
    seenBytes += line.length + 1;
    if (damagedAt !== undefined) throw damaged(path, damagedAt);
    const record = recordOf(line);
    if (!record) {
      damagedAt = start;
      return;
    }
    if (count === 0) checkHeader(record.value, path);
    else onRecord(record.value, where);
    count++;
    wholeBytes = seenBytes;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      take(Buffer.concat([...rest, chunk.subarray(from, end)]));
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  const open = rest.reduce((sum, { length }) => sum + length, 0);
  if (damagedAt !== undefined && open > 0) throw damaged(path, damagedAt);
  const tornBytes = seenBytes + open - wholeBytes;
  if (!mayBeTorn && (tornBytes > 0 || wholeBytes === 0)) throw damaged(path, wholeBytes);
  return { wholeBytes, tornBytes };
}

function checkHeader(value: unknown, path: string): void {
  const { format, version } = value as Partial<typeof fileHeader>;
  if (format === fileHeader.format && version === fileHeader.version) return;
  throw new InputError({
    where: path,
    expected: `${fileHeader.format}, version ${fileHeader.version}`,
    found: `${format}, version ${version}`,
    fix: 'Read it with the program that wrote it',
  });
}

const damaged = (path: string, byte: number): InputError =>
  new InputError({
    where: `${path}, byte ${byte}`,
    expected: 'a record with its checksum',
    found: 'a damaged one, or none',
    fix: 'Put the file back from a copy; what stands before that byte is whole',
  });

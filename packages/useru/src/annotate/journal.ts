import { createReadStream } from 'node:fs';
import { mkdir, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

import { InputError } from '@q-anchor/core';

/** A line of a journal: JSON; a line with a key can be found again by it. */
export interface JournalRecord {
  /** What it is found by. */
  readonly key?: string;
}

/** A file of JSON lines that only grows, so that a kill at any moment loses one line at most. */
export interface Journal extends AsyncDisposable {
  /** Whether a line with this key is in the file, or on its way there. */
  has(key: string): boolean;
  /** The first line with this key. */
  read(key: string): Promise<unknown>;
  /** Adds a line, and resolves when it is in the file. */
  append(record: JournalRecord): Promise<void>;
}

const newline = 0x0a;

/**
 * Opens a journal, or begins one.
 *
 * A last line that is cut off, as a kill may leave it, is removed; of the lines only the places are
 * held in memory.
 *
 * @param onRecord - told every line that is there already, in order
 * @throws {@link @q-anchor/core#InputError} if a line before the last is no JSON
 */
export async function openJournal(
  path: string,
  onRecord: (record: JournalRecord) => void = () => {},
): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'a+');
  const places = new Map<string, { readonly offset: number; readonly length: number }>();
  const note = (record: JournalRecord, offset: number, length: number): void => {
    if (record.key !== undefined && !places.has(record.key)) {
      places.set(record.key, { offset, length });
    }
  };
  let end = 0;
  try {
    for await (const { line, offset, isWhole } of linesOf(path)) {
      const record = isWhole ? parsed(line) : undefined;
      if (record === undefined) {
        if ((await handle.stat()).size > offset + line.length + 1) {
          throw new InputError({
            where: path,
            expected: 'a JSON object on each line',
            found: `something else at byte ${offset}`,
            fix: 'Remove the line, or the file to begin anew',
          });
        }
        break;
      }
      note(record, offset, line.length);
      onRecord(record);
      end = offset + line.length + 1;
    }
    await truncate(path, end);
  } catch (error) {
    await handle.close();
    throw error;
  }

  const pending = new Set<string>();
  let last: Promise<void> = Promise.resolve();
  const write = async (record: JournalRecord): Promise<void> => {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    await handle.appendFile(line);
    note(record, end, line.length - 1);
    end += line.length;
    if (record.key !== undefined) pending.delete(record.key);
  };
  return {
    has: (key) => places.has(key) || pending.has(key),
    read: async (key) => {
      if (pending.has(key)) await last;
      const place = places.get(key);
      if (place === undefined) throw new Error(`The journal has no line ${key}`);
      const line = Buffer.alloc(place.length);
      await handle.read(line, 0, place.length, place.offset);
      return JSON.parse(line.toString('utf8')) as unknown;
    },
    // After a failed write the end of the file is unknown: every later one fails with it.
    append: (record) => {
      if (record.key !== undefined) pending.add(record.key);
      last = last.then(() => write(record));
      return last;
    },
    [Symbol.asyncDispose]: async () => {
      await last.catch(() => {});
      await handle.close();
    },
  };
}

const parsed = (line: Buffer): JournalRecord | undefined => {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly line: Buffer; readonly offset: number; readonly isWhole: boolean }> {
  let offset = 0;
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      const line = Buffer.concat([...parts, chunk.subarray(start, at)]);
      parts = [];
      yield { line, offset, isWhole: true };
      offset += line.length + 1;
      start = at + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield { line: rest, offset, isWhole: false };
}

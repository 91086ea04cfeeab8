import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fileHeader } from './read-records.js';
import { recordLine } from './record-line.js';

/** Makes what was created, renamed or removed in a folder outlast a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no handles of folders, and needs none.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a file of records that holds nothing but the header yet. */
export async function createRecordFile(path: string): Promise<FileHandle> {
  const handle = await open(path, 'wx');
  try {
    await handle.appendFile(recordLine(JSON.stringify(fileHeader)));
    await handle.datasync();
    await syncFolder(dirname(path));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const chunkBytes = 2 ** 20;

/**
 * Writes a whole file of records, one by one, so that the event loop turns meanwhile; it appears whole or
 * not at all.
 *
 * @returns its bytes
 */
export async function writeRecordFile(path: string, values: Iterable<unknown>): Promise<number> {
  const temporary = `${path}.partial`;
  await rm(temporary, { force: true });
  const handle = await createRecordFile(temporary);
  let [bytes, waiting] = [0, 0];
  let lines: Buffer[] = [];
  const flush = async (): Promise<void> => {
    await handle.appendFile(Buffer.concat(lines));
    bytes += waiting;
    [lines, waiting] = [[], 0];
  };
  try {
    for (const value of values) {
      const line = recordLine(JSON.stringify(value));
      lines.push(line);
      waiting += line.length;
      if (waiting >= chunkBytes) await flush();
    }
    await flush();
    await handle.datasync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
  return bytes;
}

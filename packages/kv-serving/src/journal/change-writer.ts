import type { FileHandle } from 'node:fs/promises';

import { ClosedError } from '../schedule/closed-error.js';
import { createRecordFile } from './durable-file.js';
import { NotDurableError } from './not-durable-error.js';
import { recordLine } from './record-line.js';
import type { UserChange } from './user-change.js';

/** Writes changes, each durable before its caller is told. */
export interface ChangeWriter extends AsyncDisposable {
  /** Bytes and writes so far. */
  readonly counts: { readonly bytes: number; readonly writes: number };
  /**
   * Settles once the change, and all before it, are on disk. Changes that come while another write is
   * under way share the next one.
   *
   * @param change - none: waits for those before
   * @throws {@link NotDurableError} if that failed, or an earlier write did
   */
  append(change?: UserChange): Promise<void>;
  /**
   * Changes from now on go to another file.
   *
   * @returns the number of the file before, once it is complete
   */
  rotate(): Promise<number>;
}

interface Waiting {
  readonly json: string | undefined;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Opens a new file of changes.
 *
 * @param options - number of the first file, and the path of each number
 */
export async function createChangeWriter(options: {
  readonly number: number;
  readonly pathOf: (number: number) => string;
}): Promise<ChangeWriter> {
  const { pathOf } = options;
  let { number } = options;
  let handle: FileHandle = await createRecordFile(pathOf(number));
  let waiting: Waiting[] = [];
  let turning: Array<(former: number) => void> = [];
  let broken: NotDurableError | undefined;
  let isClosed = false;
  let pumping: Promise<void> | undefined;
  const counts = { bytes: 0, writes: 0 };

  const turn = async (): Promise<void> => {
    const [told, former] = [turning, number];
    turning = [];
    await handle.close();
    handle = await createRecordFile(pathOf(++number));
    for (const done of told) done(former);
  };
  const write = async (jsons: readonly string[]): Promise<void> => {
    // One line a write: whatever a crash leaves of it is the file's last record.
    const line = recordLine(`[${jsons.join(',')}]`);
    await handle.appendFile(line);
    await handle.datasync();
    counts.bytes += line.length;
    counts.writes++;
  };
  const pump = async (): Promise<void> => {
    // Not before the caller has the promise; and changes of one turn share a write.
    await Promise.resolve();
    while (waiting.length + turning.length > 0) {
      const taken = waiting;
      waiting = [];
      try {
        if (broken) throw broken;
        if (turning.length > 0) await turn();
        const jsons = taken.flatMap(({ json }) => json ?? []);
        if (jsons.length > 0) await write(jsons);
        for (const { done } of taken) done();
      } catch (error) {
        // After a failed write nobody knows what the disk holds.
        broken ??= new NotDurableError(pathOf(number), error);
        turning = [];
        for (const { failed } of taken) failed(broken);
      }
    }
    pumping = undefined;
  };
  const start = (): void => {
    pumping ??= pump();
  };

  return {
    get counts() {
      return { ...counts };
    },
    append: (change) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new ClosedError();
        if (broken) throw broken;
        const json = change && JSON.stringify(change);
        waiting.push({ json, done: resolve, failed: reject });
        start();
      }),
    rotate: () =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new ClosedError();
        turning.push(resolve);
        waiting.push({ json: undefined, done: () => undefined, failed: reject });
        start();
      }),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await pumping;
      await handle.close();
    },
  };
}

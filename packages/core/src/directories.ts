import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { InputError } from './errors.js';
import { isProcessAlive } from './processes.js';

/** What killed processes left beside `target`: `.NAME.PID.HEX.partial`. */
const leftoversOf = async (target: string): Promise<string[]> => {
  const prefix = `.${basename(target)}.`;
  const names = await readdir(dirname(target));
  return names
    .filter((name) => {
      if (!name.startsWith(prefix) || !name.endsWith('.partial')) return false;
      const processId = Number(name.slice(prefix.length).split('.')[0]);
      return Number.isInteger(processId) && processId > 0 && !isProcessAlive(processId);
    })
    .toSorted()
    .map((name) => join(dirname(target), name));
};

/** Takes a leftover over; false if another process was first. */
const isTaken = async (leftover: string, own: string): Promise<boolean> => {
  try {
    await rename(leftover, own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};

/**
 * Puts a folder to fill at `temporary`: a leftover that `adopt` wants, or an empty one. All other
 * leftovers are removed.
 */
const openTemporary = async (
  target: string,
  options: {
    readonly temporary: string;
    readonly adopt?: ((directory: string) => Promise<boolean>) | undefined;
  },
): Promise<void> => {
  const { temporary, adopt } = options;
  let isAdopted = false;
  for (const leftover of await leftoversOf(target)) {
    // Under this process's name no other one takes it too.
    if (adopt !== undefined && !isAdopted && (await isTaken(leftover, temporary))) {
      isAdopted = await adopt(temporary);
      if (!isAdopted) await rm(temporary, { recursive: true, force: true });
    } else await rm(leftover, { recursive: true, force: true });
  }
  if (!isAdopted) await mkdir(temporary);
};

const entriesOf = async (path: string): Promise<readonly string[] | undefined> => {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') {
      throw new InputError({ where: path, expected: 'a folder to make', found: 'a file' });
    }
    throw error;
  }
};

/**
 * Makes a directory whole or not at all: `fill` writes into a hidden neighbour, which takes the
 * directory's place when it is done and is removed if it fails. What processes that were killed left
 * beside it is removed too, or gone on with.
 *
 * @param target - the directory; missing folders above it are made
 * @param options - `overwrite`: replace a directory that is there and not empty; default no. `fill`:
 *   writes the content into the folder it is given. `adopt`: asked of each folder that a killed process
 *   left, until it says yes: that one, as it is, is given to `fill`; default: none is adopted
 * @returns what `fill` returned
 * @throws {@link InputError} if there is a file, or a directory that may not be replaced
 * @example
 * ```ts
 * await makeDirectoryAtomic('out', {
 *   fill: (directory) => writeFile(join(directory, 'a.txt'), 'whole'),
 * });
 * ```
 */
export async function makeDirectoryAtomic<T>(
  target: string,
  options: {
    readonly overwrite?: boolean;
    readonly adopt?: (directory: string) => Promise<boolean>;
    readonly fill: (directory: string) => Promise<T>;
  },
): Promise<T> {
  const path = resolve(target);
  const existing = await entriesOf(path);
  if (existing !== undefined && existing.length > 0 && options.overwrite !== true) {
    throw new InputError({
      where: path,
      expected: 'a new or empty folder',
      found: `a folder with ${existing.length} entries`,
      fix: 'Choose another one, or allow overwriting',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  const sibling = (): string =>
    join(
      dirname(path),
      `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.partial`,
    );
  const temporary = sibling();
  try {
    await openTemporary(path, { temporary, adopt: options.adopt });
    const result = await options.fill(temporary);
    if (existing === undefined || existing.length === 0) {
      await rename(temporary, path);
    } else {
      const old = sibling();
      await rename(path, old);
      try {
        await rename(temporary, path);
      } catch (error) {
        await rename(old, path);
        throw error;
      }
      await rm(old, { recursive: true, force: true });
    }
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { InputError } from './errors.js';

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Removes what killed processes left beside `target`: `.NAME.PID.HEX.partial`. */
const removeLeftovers = async (target: string): Promise<void> => {
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix) || !name.endsWith('.partial')) continue;
    const processId = Number(name.slice(prefix.length).split('.')[0]);
    if (Number.isInteger(processId) && processId > 0 && !isAlive(processId)) {
      await rm(join(dirname(target), name), { recursive: true, force: true });
    }
  }
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
 * beside it is removed too.
 *
 * @param target - the directory; missing folders above it are made
 * @param options - `overwrite`: replace a directory that is there and not empty; default no. `fill`:
 *   writes the content into the folder it is given
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
  await removeLeftovers(path);
  const sibling = (): string =>
    join(
      dirname(path),
      `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.partial`,
    );
  const temporary = sibling();
  try {
    await mkdir(temporary);
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

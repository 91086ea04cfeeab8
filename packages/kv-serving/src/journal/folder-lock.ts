import { open, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, isProcessAlive } from '@q-anchor/core';

const name = 'lock';
/** Folders of this process: its own number in a lock may be that of a former process in a container. */
const own = new Set<string>();

const inUse = (folder: string, by: string): InputError =>
  new InputError({
    where: folder,
    expected: 'a folder that nobody else writes to',
    found: `one in use by ${by}`,
    fix: `End it first; if it is something else, remove ${join(folder, name)}`,
  });

/**
 * Takes a folder for this process alone; the lock of a process that is gone is taken over.
 *
 * @returns gives it back
 * @throws {@link InputError} if another running process, or this one, has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const place = await realpath(folder);
  if (own.has(place)) throw inUse(folder, 'this process');
  own.add(place);
  const path = join(place, name);
  const isTaken = async (): Promise<boolean> => {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  };
  try {
    while (!(await isTaken())) {
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      const isOther = Number.isInteger(holder) && holder > 0 && holder !== process.pid;
      if (isOther && isProcessAlive(holder)) throw inUse(folder, `process ${holder}`);
      await rm(path, { force: true });
    }
  } catch (error) {
    own.delete(place);
    throw error;
  }
  return async () => {
    await rm(path, { force: true });
    own.delete(place);
  };
}

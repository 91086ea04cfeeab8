import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { isProcessAlive } from '@q-anchor/core';

/** A folder in which one process's database may spill what its memory doesn't hold. */
export interface SpillDirectory {
  /** Where it is. */
  readonly path: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** Whose process numbers these are: those of another container on the same folder mean others. */
const machineMark = (): string => {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has such spaces.
  }
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8);
};

/**
 * A spill folder of this process's own in the system's temporary folder. What killed processes of
 * this machine left there is removed.
 */
export async function openSpillDirectory(): Promise<SpillDirectory> {
  const parent = tmpdir();
  const prefix = `q-anchor-spill-${machineMark()}-`;
  const path = join(parent, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`);
  for (const name of await readdir(parent)) {
    const processId = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : 0;
    if (Number.isInteger(processId) && processId > 0 && !isProcessAlive(processId)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  await mkdir(path, { recursive: true });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Writes a directory whole or not at all: `fill` writes into a hidden neighbour, which then takes the
 * directory's place. What was there before is replaced.
 */
export async function writeDirectoryAtomic(
  directory: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = resolve(directory);
  const neighbour = (): string =>
    join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.partial`);
  const temporary = neighbour();
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await replace(target, { by: temporary, aside: neighbour() });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** A directory that is not empty can't be renamed over: the old one steps aside, and back on failure. */
async function replace(
  target: string,
  { by, aside }: { readonly by: string; readonly aside: string },
): Promise<void> {
  let hasOld = true;
  try {
    await rename(target, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    hasOld = false;
  }
  try {
    await rename(by, target);
  } catch (error) {
    if (hasOld) await rename(aside, target);
    throw error;
  }
  if (hasOld) await rm(aside, { recursive: true, force: true });
}

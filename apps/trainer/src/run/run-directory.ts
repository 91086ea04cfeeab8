import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';

/** The model of a run. */
export const runModelDir = (runDir: string): string => join(runDir, 'model');

/** Entries a run directory may hold. */
const ownEntries =
  /^(config\.json|(metrics|tuning)\.jsonl|(evaluation|attention)\.json|checkpoints|model|events\.out\.tfevents\..*)$/u;

/** What is in a folder; nothing if there is none. */
async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') {
      throw new InputError({ where: directory, expected: 'a folder', found: 'a file' });
    }
    throw error;
  }
}

/**
 * Sees that a new run finds an empty place, or a run it may take the place of.
 *
 * @returns the entries to remove
 * @throws {@link @q-anchor/core#InputError} if something is there that may not be removed
 */
export async function checkRunDirectory(
  runDir: string,
  options: { readonly overwrite: boolean },
): Promise<readonly string[]> {
  const entries = await entriesOf(runDir);
  if (entries.length === 0) return [];
  const isRun = entries.includes('config.json') && entries.every((name) => ownEntries.test(name));
  if (options.overwrite && isRun) return entries;
  throw new InputError({
    where: runDir,
    expected: options.overwrite ? 'a run, and nothing else' : 'a new or empty folder',
    found: `a folder with ${entries.slice(0, 4).join(', ')}${entries.length > 4 ? ', ...' : ''}`,
    fix: isRun ? 'Go on with --resume, or start over with --overwrite' : 'Choose another --out',
  });
}

/** Empties the place of a new run; errors as {@link checkRunDirectory}. */
export async function clearRunDirectory(
  runDir: string,
  options: { readonly overwrite: boolean },
): Promise<void> {
  for (const name of await checkRunDirectory(runDir, options)) {
    await rm(join(runDir, name), { recursive: true, force: true });
  }
}

/** Whether a run has a finished model. */
export async function hasModel(runDir: string): Promise<boolean> {
  return (await entriesOf(runModelDir(runDir))).includes('q-anchor.json');
}

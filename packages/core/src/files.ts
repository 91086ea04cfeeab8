import { randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { InputError } from './errors.js';

/**
 * Whether there is a file or folder.
 *
 * @param path - its path
 */
export const pathExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The text of a file; undefined where there is no such file.
 *
 * @param path - the file, in UTF-8
 * @throws {@link InputError} if it cannot be read
 */
export async function readOptionalText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(
      { where: path, expected: 'a readable file', found: (error as Error).message },
      { cause: error },
    );
  }
}

/**
 * The text of a file.
 *
 * @param path - the file, in UTF-8
 * @throws {@link InputError} if it is missing or cannot be read
 */
export async function readText(path: string): Promise<string> {
  const text = await readOptionalText(path);
  if (text !== undefined) return text;
  throw new InputError({ where: path, expected: 'a readable file', found: 'no file' });
}

/**
 * Writes a file whole or not at all: into a temporary neighbour first, then renamed into place.
 *
 * @param path - the file; missing folders are made
 * @param data - its content
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`,
  );
  try {
    await writeFile(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse, relative, sep } from 'node:path';

import { InputError } from '@q-anchor/core';
import { isStored } from '@q-anchor/graph';

import type { Weights } from '../engine.js';

/** Files that a model's weights lie in, and one that may be made for those in memory. */
export interface WeightFiles {
  /** What the model calls the file to be made. */
  readonly location: string;
  /** What the model calls a file. */
  locationOf(path: string): string;
  /** The folder where those names start; none where no weight is outside the model. */
  readonly folder: string | undefined;
  /** Makes the file, unless it has no parts. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Removes what was written. ONNX Runtime maps the file into memory: that survives its removal on
   * POSIX systems, but on Windows it cannot be removed before the session is released, so call this
   * after loading and again after that.
   */
  remove(): Promise<void>;
}

/**
 * Finds the files of weights.
 *
 * ONNX Runtime takes weights from anywhere below one folder, links followed, and refuses absolute
 * paths: the folder is the root of the file system.
 *
 * @param weights - by name
 * @throws {@link InputError} if a file is missing, or they are on different drives
 */
export async function openWeightFiles(weights: Weights): Promise<WeightFiles> {
  const realPaths = new Map<string, string>();
  for (const [name, weight] of Object.entries(weights)) {
    if (!isStored(weight) || realPaths.has(weight.file.path)) continue;
    const { path } = weight.file;
    realPaths.set(path, await realPathOf(path, `weight '${name}'`));
  }
  const isInMemory = Object.values(weights).some((weight) => !isStored(weight));
  const folder = join(await realpath(tmpdir()), `q-anchor-model-${randomBytes(8).toString('hex')}`);
  const own = join(folder, 'weights.bin');
  const paths = [...realPaths.values(), ...(isInMemory ? [own] : [])];
  const root = commonRoot(paths);
  const locationBelow = (path: string): string => relative(root, path).split(sep).join('/');
  return {
    location: locationBelow(own),
    locationOf: (path) => locationBelow(realPaths.get(path)!),
    folder: paths.length > 0 ? root : undefined,
    async write(parts) {
      if (parts.length === 0) return;
      await mkdir(folder, { mode: 0o700 });
      const file = await open(own, 'wx');
      try {
        for (const part of parts) await file.writeFile(part);
      } finally {
        await file.close();
      }
    },
    async remove() {
      try {
        await rm(folder, { recursive: true, force: true });
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!['EBUSY', 'EPERM', 'EACCES'].includes(code)) throw error;
      }
    },
  };
}

async function realPathOf(path: string, where: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new InputError(
      {
        where: `${where} in ${path}`,
        expected: 'a file',
        found: isMissing ? 'none' : String(error),
      },
      { cause: error },
    );
  }
}

function commonRoot(paths: readonly string[]): string {
  const roots = new Set(paths.map((path) => parse(path).root));
  if (roots.size <= 1) return [...roots][0] ?? parse(process.cwd()).root;
  throw new InputError({
    where: 'files of weights',
    expected: 'all on one drive, and the folder for temporary files too',
    found: [...roots].join(', '),
  });
}

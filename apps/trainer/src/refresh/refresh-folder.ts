import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, parsedBy, pathExists, readOptionalJson, writeJson } from '@q-anchor/core';
import { z } from 'zod';

import { refreshCountsSchema } from './refresh-counts.js';

const stateSchema = z.object({
  /** What all numbers depend on, by name. */
  key: z.record(z.string(), z.string()),
  /** First users of the shards but the first. */
  boundaries: z.array(z.string()),
  /** What became of the shards that are there. */
  shards: z.record(z.string(), refreshCountsSchema),
  complete: z.boolean(),
});

/** What `refresh.json` beside stored vectors says. */
export type RefreshState = z.infer<typeof stateSchema>;

const stateFile = 'refresh.json';

/** The state of a folder of vectors; nothing where there is none. */
export async function readRefreshState(directory: string): Promise<RefreshState | undefined> {
  const where = join(directory, stateFile);
  const content = await readOptionalJson(where);
  return content === undefined ? undefined : parsedBy(content, { schema: stateSchema, where });
}

/** Writes the state of a folder of vectors. */
export const writeRefreshState = (directory: string, state: RefreshState): Promise<void> =>
  writeJson(join(directory, stateFile), state);

/** Where a refresh keeps what. */
export interface RefreshFolder {
  /** The vectors that are there, if any: whole, of one refresh. */
  readonly vectors: string;
  /** Those that are being made. */
  readonly next: string;
  /** Event embeddings. */
  readonly texts: string;
  /** Puts what was made in the place of what is there. */
  publish(): Promise<void>;
}

/**
 * Opens the folder that refreshes write to, or makes it, and ends what a kill cut off between two names.
 *
 * @throws {@link InputError} if there is something else
 */
export async function openRefreshFolder(directory: string): Promise<RefreshFolder> {
  const [vectors, next, former, texts] = ['vectors', '.next', '.former', 'texts'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  await mkdir(directory, { recursive: true });
  const known = new Set(['vectors', '.next', '.former', 'texts']);
  const stray = (await readdir(directory)).find((name) => !known.has(name));
  if (stray !== undefined) {
    throw new InputError({
      where: directory,
      expected: 'a new folder, or one of former refreshes',
      found: stray,
      fix: 'Choose another one',
    });
  }
  const publish = async (): Promise<void> => {
    if (await pathExists(vectors)) await rename(vectors, former);
    await rename(next, vectors);
    await rm(former, { recursive: true, force: true });
  };
  if (await pathExists(former)) {
    // Cut off while publishing: before the new ones had their name, or after.
    if (!(await pathExists(vectors))) await rename(next, vectors);
    await rm(former, { recursive: true, force: true });
  }
  return { vectors, next, texts, publish };
}

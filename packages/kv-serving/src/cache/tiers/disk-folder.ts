import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { digestOf, InputError } from '@q-anchor/core';

import type { PrefixPlace } from './prefix-tier.js';

/** A file of the folder, as far as this process knows. */
interface KnownFile {
  readonly bytes: number;
  readonly usedMs: number;
}

/** Files in a folder that several processes use, the least recently used known first. */
export interface DiskFolder {
  /** How many files are known. */
  readonly entries: number;
  /** Their bytes. */
  readonly bytes: number;
  /** A file's bytes, and it counts as used now; undefined where there is none. */
  read(place: PrefixPlace): Promise<Uint8Array | undefined>;
  /** Whether a file is known. */
  has(place: PrefixPlace): boolean;
  /** Makes room, then writes a file, whole or not at all; how many others went for it. */
  write(place: PrefixPlace, parts: readonly Uint8Array[]): Promise<number>;
  /** Removes a file. */
  remove(place: PrefixPlace): Promise<void>;
  /** Removes all files of a user. */
  removeUser(userId: string): Promise<void>;
  /** Looks what other processes have written, read and removed. */
  scan(): Promise<void>;
}

const suffix = '.prefix';
/** Files are written here, and renamed into place. */
const unfinishedFolder = 'unfinished';
const unfinishedMs = 600_000;

/** A file's name: the user's part, so that a user's files are found, then the prefix's. */
const fileOf = ({ key, userId }: PrefixPlace): string =>
  `${userPart(userId)}-${digestOf(key).slice(0, 40)}${suffix}`;
const userPart = (userId: string): string => digestOf(userId).slice(0, 24);

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const unlessMissing = async <T>(done: Promise<T>): Promise<T | undefined> => {
  try {
    return await done;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/**
 * Opens a folder; what is there counts from when it was last used.
 *
 * @param folder - the folder, made where it is missing
 * @param options - bytes at most
 * @throws {@link InputError} if it can't be made
 */
export async function openDiskFolder(
  folder: string,
  { maxBytes }: { readonly maxBytes: number },
): Promise<DiskFolder> {
  // In the order of their last use.
  let known = new Map<string, KnownFile>();
  let bytes = 0;
  const unfinished = join(folder, unfinishedFolder);
  try {
    await mkdir(unfinished, { recursive: true });
  } catch (cause) {
    throw new InputError(
      { where: folder, expected: 'a folder to write in', found: (cause as Error).message },
      { cause },
    );
  }
  const pathOf = (name: string): string => join(folder, name.slice(0, 2), name);
  const note = (name: string, file: KnownFile | undefined): void => {
    bytes += (file?.bytes ?? 0) - (known.get(name)?.bytes ?? 0);
    known.delete(name);
    if (file) known.set(name, file);
  };
  const removeFile = async (name: string): Promise<void> => {
    note(name, undefined);
    await rm(pathOf(name), { force: true });
  };
  const filesIn = async (part: string): Promise<string[]> =>
    ((await unlessMissing(readdir(join(folder, part)))) ?? []).filter((name) =>
      name.endsWith(suffix),
    );
  const scan = async (): Promise<void> => {
    const found: [string, KnownFile][] = [];
    const parts = (await readdir(folder)).filter((part) => part.length === 2);
    for (const part of parts) {
      for (const name of await filesIn(part)) {
        const file = await unlessMissing(stat(pathOf(name)));
        if (file) found.push([name, { bytes: file.size, usedMs: file.mtimeMs }]);
      }
    }
    known = new Map(found.toSorted(([, a], [, b]) => a.usedMs - b.usedMs));
    bytes = found.reduce((sum, [, file]) => sum + file.bytes, 0);
    for (const name of await readdir(unfinished)) {
      const path = join(unfinished, name);
      const file = await unlessMissing(stat(path));
      // Of a process that was killed while it wrote.
      if (file && Date.now() - file.mtimeMs > unfinishedMs) await rm(path, { force: true });
    }
  };
  await scan();

  return {
    get entries() {
      return known.size;
    },
    get bytes() {
      return bytes;
    },
    async read(place) {
      const name = fileOf(place);
      const content = await unlessMissing(readFile(pathOf(name)));
      note(name, content && { bytes: content.length, usedMs: Date.now() });
      // Other processes, and this one after a restart, see from it which files are used.
      if (content) await unlessMissing(utimes(pathOf(name), new Date(), new Date()));
      return content;
    },
    has: (place) => known.has(fileOf(place)),
    async write(place, parts) {
      const name = fileOf(place);
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      let evicted = 0;
      for (const old of known.keys()) {
        if (bytes + size <= maxBytes) break;
        await removeFile(old);
        evicted++;
      }
      const path = join(unfinished, `${process.pid}-${randomBytes(8).toString('hex')}`);
      try {
        const file = await open(path, 'wx');
        try {
          await file.writev(parts);
        } finally {
          await file.close();
        }
        await mkdir(join(folder, name.slice(0, 2)), { recursive: true });
        // Not forced to the disk: what a failing machine leaves half-written has a wrong sum.
        await rename(path, pathOf(name));
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      note(name, { bytes: size, usedMs: Date.now() });
      return evicted;
    },
    remove: (place) => removeFile(fileOf(place)),
    async removeUser(userId) {
      const user = userPart(userId);
      for (const name of await filesIn(user.slice(0, 2))) {
        if (name.startsWith(`${user}-`)) await removeFile(name);
      }
    },
    scan,
  };
}

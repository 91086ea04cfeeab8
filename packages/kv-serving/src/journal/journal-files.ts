import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';

import type { KeptUser } from '../users/kept-user.js';
import { syncFolder } from './durable-file.js';
import { readRecords } from './read-records.js';
import { replayChange, unfit, type ChangeableUsers, type UserChange } from './user-change.js';

const digits = 8;
const numbered = (number: number, ending: string): string =>
  `${String(number).padStart(digits, '0')}.${ending}`;

/** Changes from the end of the file before. */
export const changesFile = (folder: string, number: number): string =>
  join(folder, numbered(number, 'changes'));

/** All users at the end of the changes of that number. */
export const usersFile = (folder: string, number: number): string =>
  join(folder, numbered(number, 'users'));

/** Numbers of the files with an ending, in order. */
async function numbersOf(folder: string, ending: string): Promise<readonly number[]> {
  const names = await readdir(folder);
  const pattern = new RegExp(`^(\\d{${digits}})\\.${ending}$`);
  return names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** What was brought back. */
export interface ReplayedFiles {
  /** Number of the newest file. */
  readonly number: number;
  /** Number of the file of users; 0 without one. */
  readonly covered: number;
  /** Its bytes. */
  readonly usersBytes: number;
  /** Changes that were done again. */
  readonly changes: number;
  /** Bytes of changes that are not in the file of users. */
  readonly changeBytes: number;
  /** Bytes of a last write that a crash cut off; nobody was told that it was done. */
  readonly tornBytes: number;
}

/**
 * Brings users back: those of the newest file of users, then all changes after it.
 *
 * @throws {@link InputError} if a file is damaged or missing, or the users don't take what it says
 */
export async function replayFiles(folder: string, users: ChangeableUsers): Promise<ReplayedFiles> {
  const covered = (await numbersOf(folder, 'users')).at(-1) ?? 0;
  let usersBytes = 0;
  if (covered > 0) {
    const read = await readRecords(usersFile(folder, covered), {
      mayBeTorn: false,
      onRecord(value, where) {
        try {
          users.restoreUser(value as KeptUser);
        } catch (error) {
          throw unfit(error, where);
        }
      },
    });
    usersBytes = read.wholeBytes;
  }
  const later = (await numbersOf(folder, 'changes')).filter((number) => number > covered);
  let [changes, changeBytes, tornBytes] = [0, 0, 0];
  let number = covered;
  for (const [i, next] of later.entries()) {
    const path = changesFile(folder, next);
    if (next !== covered + i + 1) {
      const expected = changesFile(folder, covered + i + 1);
      throw new InputError({ where: folder, expected, found: path, fix: 'Put it back' });
    }
    const read = await readRecords(path, {
      mayBeTorn: i === later.length - 1,
      onRecord(value, where) {
        for (const change of value as readonly UserChange[]) {
          replayChange(users, { change, where });
          changes++;
        }
      },
    });
    changeBytes += read.wholeBytes;
    tornBytes += read.tornBytes;
    // It is not the last any more once another is begun.
    if (read.tornBytes > 0) await truncate(path, read.wholeBytes);
    if (read.wholeBytes === 0) await rm(path);
    else number = next;
  }
  await syncFolder(folder);
  return { number, covered, usersBytes, changes, changeBytes, tornBytes };
}

/** Removes what a file of users made superfluous, and what crashes left half-written. */
export async function removeCovered(folder: string, covered: number): Promise<void> {
  for (const number of await numbersOf(folder, 'changes')) {
    if (number <= covered) await rm(changesFile(folder, number));
  }
  for (const number of await numbersOf(folder, 'users')) {
    if (number < covered) await rm(usersFile(folder, number));
  }
  for (const name of await readdir(folder)) {
    if (name.endsWith('.users.partial')) await rm(join(folder, name), { force: true });
  }
  await syncFolder(folder);
}

import { mkdir } from 'node:fs/promises';

import { InputError } from '@q-anchor/core';

import type { EventCounts, ServedEvents, ServedProfile } from '../users/served-event.js';
import { createChangeWriter } from './change-writer.js';
import { writeRecordFile } from './durable-file.js';
import { lockFolder } from './folder-lock.js';
import { changesFile, removeCovered, replayFiles, usersFile } from './journal-files.js';
import type { ChangeableUsers } from './user-change.js';

/** What {@link openDurableUsers} is given. */
export interface DurableUsersOptions {
  /** Where the files are; made if missing. One process at a time. */
  readonly directory: string;
  /**
   * Bytes of changes after which all users are written anew, so that opening takes no longer; or those
   * of the users, where they are more. Default 64 MiB.
   */
  readonly compactBytes?: number;
  /** Hears why users could not be written anew. The changes are kept, and it is tried again later. */
  readonly onCompactionError?: (error: unknown) => void;
}

/** What was brought back and written. */
export interface DurableUsersCounts {
  /** Changes that were done again at opening. */
  readonly replayed: number;
  /** Bytes of a last write, cut off by a crash, that opening took away. */
  readonly tornBytes: number;
  /** Bytes of changes since the users were last written anew. */
  readonly changeBytes: number;
  /** Writes to disk; changes that come together share one. */
  readonly writes: number;
  /** How often the users were written anew. */
  readonly compactions: number;
}

/**
 * Users that outlast the process: each call settles once its change is on disk. Requests see a change at
 * once.
 */
export interface DurableUsers extends AsyncDisposable {
  /** Counters. */
  readonly counts: DurableUsersCounts;
  /**
   * As `serving.putUser`, durable.
   *
   * @throws as that; {@link NotDurableError} if it can't be written: then, and from then on, what is seen
   * may be more than what is on disk
   */
  putUser(profile: ServedProfile): Promise<EventCounts>;
  /** As `serving.appendEvents`, durable, also where all events were there already. */
  appendEvents(userId: string, events: ServedEvents): Promise<EventCounts>;
  /** As `serving.deleteUser`, durable. */
  deleteUser(userId: string): Promise<boolean>;
}

/**
 * Opens a folder of users and brings them back: `NNNNNNNN.users` has all of them at some time,
 * `NNNNNNNN.changes` what came after, a line each write. What a crash left of the last write is taken
 * away; it was never said to be done.
 *
 * @param users - a serving; changes must go through what is returned from now on
 * @param options - folder, when to write all users anew
 * @throws {@link InputError} if another process has the folder, a file is damaged, or the model takes less
 * than what was written
 */
export async function openDurableUsers(
  users: ChangeableUsers,
  options: DurableUsersOptions,
): Promise<DurableUsers> {
  const { directory, compactBytes = 2 ** 26, onCompactionError } = options;
  if (!(compactBytes >= 0)) {
    const found = `${compactBytes}`;
    throw new InputError({ where: 'compactBytes', expected: 'bytes, 0 or more', found });
  }
  await mkdir(directory, { recursive: true });
  const unlock = await lockFolder(directory);
  const pathOf = (number: number): string => changesFile(directory, number);
  const { replayed, writer } = await begin().catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  let formerBytes = replayed.changeBytes;
  let { usersBytes } = replayed;
  let compactions = 0;
  let compacting: Promise<void> | undefined;

  async function begin() {
    const files = await replayFiles(directory, users);
    // A crash may have come between the file of users and this.
    await removeCovered(directory, files.covered);
    const number = files.number + 1;
    return { replayed: files, writer: await createChangeWriter({ number, pathOf }) };
  }
  const changeBytes = (): number => formerBytes + writer.counts.bytes;
  const compact = async (): Promise<void> => {
    // In one turn: whatever is not in these users goes to the next file.
    const kept = users.keptUsers();
    const rotated = writer.rotate();
    const before = writer.counts.bytes;
    try {
      const covered = await rotated;
      usersBytes = await writeRecordFile(usersFile(directory, covered), kept);
      formerBytes = -before;
      compactions++;
      await removeCovered(directory, covered);
    } catch (error) {
      // Not before as much again has come.
      usersBytes = changeBytes() + Math.max(compactBytes, usersBytes);
      onCompactionError?.(error);
    } finally {
      compacting = undefined;
    }
  };
  const durable = async <T>(result: T, written: Promise<void>): Promise<T> => {
    await written;
    if (changeBytes() > Math.max(compactBytes, usersBytes)) compacting ??= compact();
    return result;
  };

  return {
    get counts() {
      const { changes, tornBytes } = replayed;
      const { writes } = writer.counts;
      return { replayed: changes, tornBytes, changeBytes: changeBytes(), writes, compactions };
    },
    async putUser(profile) {
      const counts = users.putUser(profile);
      const { userId, events, tabular } = profile;
      return await durable(counts, writer.append({ put: { userId, events, tabular } }));
    },
    async appendEvents(userId, events) {
      const counts = users.appendEvents(userId, events);
      // What is there already may still be on its way to the disk.
      const isNew = counts.added + counts.outside > 0;
      const change = isNew ? { append: { userId, events } } : undefined;
      return await durable(counts, writer.append(change));
    },
    async deleteUser(userId) {
      const isGone = users.deleteUser(userId);
      const change = isGone ? { delete: userId } : undefined;
      return await durable(isGone, writer.append(change));
    },
    async [Symbol.asyncDispose]() {
      await compacting;
      await writer[Symbol.asyncDispose]();
      await unlock();
    },
  };
}

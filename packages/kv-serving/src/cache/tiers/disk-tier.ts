import { resolve } from 'node:path';

import { createBackground } from './background.js';
import { openDiskFolder } from './disk-folder.js';
import { prefixFrom, prefixParts, writtenBytes } from './prefix-bytes.js';
import type { DatedPrefix, PrefixPlace, PrefixTier, TierOperation } from './prefix-tier.js';
import { requirePositive } from './require-positive.js';
import { createTierMeter } from './tier-meter.js';
import { createWriteQueue } from './write-queue.js';

/** What {@link openDiskTier} is given. */
export interface DiskTierOptions {
  /** Where files are, on a disk of this machine; made where it is missing. */
  readonly folder: string;
  /** Bytes of files at most. */
  readonly maxBytes: number;
  /** Its name in counters. Default `disk`. */
  readonly name?: string;
  /** Bytes that may wait to be written. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** Milliseconds that reading of further prefixes waits for room among those. Default 100. */
  readonly longestWaitMs?: number;
  /** Seconds between looks at what other processes do in the folder, while this one writes. Default 60. */
  readonly scanSeconds?: number;
  /** Hears of each read and write. */
  readonly onOperation?: (operation: TierOperation) => void;
}

/** How many bytes of description a file has at most, beside those of its arrays. */
const descriptionBytes = 512;

/**
 * Prefixes as files in a folder, which survive a restart. A file is named for its user and key, appears
 * whole, and has a sum: what is torn or damaged is a miss, and removed. The least recently used go first.
 * Several processes may share the folder; each counts what it knows of the others from time to time, so
 * that all together can exceed the bytes by what was written in between.
 *
 * @param options - folder, bytes
 * @throws {@link @q-anchor/core#InputError} if a limit is not positive, or the folder can't be made
 */
export async function openDiskTier(options: DiskTierOptions): Promise<PrefixTier> {
  const { maxBytes, name = 'disk', onOperation } = options;
  const { maxPendingBytes = 2 ** 28, longestWaitMs = 100, scanSeconds = 60 } = options;
  requirePositive({ maxBytes, maxPendingBytes, scanSeconds });
  const folder = await openDiskFolder(resolve(options.folder), { maxBytes });
  const meter = createTierMeter(name, onOperation);
  const { counts } = meter;
  let scannedAt = performance.now();
  const background = createBackground(() => counts.errors++);

  const queue = createWriteQueue({
    maxBytes: maxPendingBytes,
    async write({ place, kept }) {
      const since = performance.now();
      try {
        if (since - scannedAt > 1000 * scanSeconds) {
          scannedAt = since;
          await folder.scan();
        }
        if (folder.has(place)) return;
        const parts = prefixParts(place.key, kept);
        counts.evicted += await folder.write(place, parts);
        meter.wrote(since, { bytes: parts.reduce((sum, part) => sum + part.length, 0) });
      } catch {
        meter.wrote(since, { bytes: 0, hasFailed: true });
      }
    },
  });
  const found = async (
    place: PrefixPlace,
    isFresh: (storedDays: number, userId: string) => boolean,
  ): Promise<DatedPrefix | undefined> => {
    const since = performance.now();
    try {
      const waiting = queue.get(place.key);
      const bytes = waiting ? undefined : await folder.read(place);
      const kept = waiting ?? (bytes && prefixFrom(bytes, place));
      const isUsable = kept !== undefined && isFresh(kept.storedDays, place.userId);
      if (kept && !isUsable) counts.expired++;
      meter.read(since, {
        ...(isUsable && { bytes: bytes?.length ?? 0 }),
        hasFailed: bytes !== undefined && kept === undefined,
      });
      if (bytes && !isUsable) background.begin(() => folder.remove(place));
      return isUsable ? kept : undefined;
    } catch {
      meter.read(since, { hasFailed: true });
      return undefined;
    }
  };
  const flush = async (): Promise<void> => {
    await queue.flush();
    await background.ended();
  };

  return {
    name,
    get counts() {
      const { entries, bytes } = folder;
      return { ...counts, pendingBytes: queue.bytes, entries, bytes };
    },
    get: (places, { isFresh }) => Promise.all(places.map((place) => found(place, isFresh))),
    put(place, kept) {
      const bytes = writtenBytes(kept.prefix) + descriptionBytes;
      if (bytes > maxBytes || !queue.add({ place, kept, bytes })) counts.dropped++;
    },
    forget(userId) {
      background.begin(async () => {
        await queue.remove(userId);
        await folder.removeUser(userId);
      });
    },
    room: () => queue.room(longestWaitMs),
    flush,
    async [Symbol.asyncDispose]() {
      await flush();
    },
  };
}

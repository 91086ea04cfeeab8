import { InputError } from '@q-anchor/core';
import { storedBytes, type StoredPrefix } from '@q-anchor/dual-tower';

/** What a cache of prefixes has seen and holds. */
export interface PrefixMemoryCounts {
  /** Lookups that found a prefix. */
  readonly hits: number;
  /** Lookups that did not. */
  readonly misses: number;
  /** Prefixes let go to make room. */
  readonly evicted: number;
  /** Prefixes let go since they were too old. */
  readonly expired: number;
  /** Prefixes not taken in: larger than all room, or than what pinned ones leave. */
  readonly refused: number;
  /** Prefixes held now. */
  readonly entries: number;
  /** Bytes held now. */
  readonly bytes: number;
}

/** Keys and values of prefixes in memory: bounded by bytes, the least recently used go first. */
export interface PrefixMemory {
  /** Counters. */
  readonly counts: PrefixMemoryCounts;
  /** The prefix of a key. */
  get(key: string): StoredPrefix | undefined;
  /** Takes a user's prefix in, read now or at a former time; whether there was room. */
  put(
    key: string,
    options: {
      readonly userId: string;
      readonly prefix: StoredPrefix;
      readonly storedDays?: number;
    },
  ): boolean;
  /** Whether a user's prefix that was read at a time may still be used. */
  isFresh(options: { readonly userId: string; readonly storedDays: number }): boolean;
  /** Lets all prefixes of a user go. */
  drop(userId: string): void;
  /** Keeps a user's prefixes, those to come too, from making room and from growing too old. */
  pin(userId: string): void;
  /** Ends {@link PrefixMemory.pin}. */
  unpin(userId: string): void;
}

interface Entry {
  readonly userId: string;
  readonly prefix: StoredPrefix;
  readonly bytes: number;
  readonly storedDays: number;
}

const secondsPerDay = 86_400;

/**
 * An empty cache.
 *
 * @param options - bytes at most; seconds that a prefix is kept after it was taken in, without end by
 *   default; the time now in days
 * @throws {@link InputError} if a limit is negative or no number
 */
export function createPrefixMemory(options: {
  readonly maxBytes: number;
  readonly ttlSeconds?: number;
  readonly nowDays: () => number;
}): PrefixMemory {
  const { maxBytes, ttlSeconds = Infinity, nowDays } = options;
  for (const [where, value] of Object.entries({ maxBytes, ttlSeconds })) {
    if (value >= 0) continue;
    throw new InputError({ where, expected: 'a number, 0 or more', found: `${value}` });
  }
  // In the order of their last use: a map keeps the order in which keys were set.
  const entries = new Map<string, Entry>();
  const keysByUser = new Map<string, Set<string>>();
  const pinned = new Set<string>();
  const counts = { hits: 0, misses: 0, evicted: 0, expired: 0, refused: 0 };
  let bytes = 0;
  let sweptDays = nowDays();

  const remove = (key: string, entry: Entry): void => {
    entries.delete(key);
    bytes -= entry.bytes;
    const keys = keysByUser.get(entry.userId)!;
    keys.delete(key);
    if (keys.size === 0) keysByUser.delete(entry.userId);
  };
  const isTooOld = (
    { userId, storedDays }: Pick<Entry, 'userId' | 'storedDays'>,
    now: number,
  ): boolean => !pinned.has(userId) && (now - storedDays) * secondsPerDay >= ttlSeconds;
  /** Looks at all entries, but only a few times within the time that one is kept. */
  const sweep = (): void => {
    const now = nowDays();
    if ((now - sweptDays) * secondsPerDay < ttlSeconds / 8) return;
    sweptDays = now;
    for (const [key, entry] of entries) {
      if (!isTooOld(entry, now)) continue;
      remove(key, entry);
      counts.expired++;
    }
  };
  const pinnedBytes = (): number => {
    let sum = 0;
    for (const userId of pinned) {
      for (const key of keysByUser.get(userId) ?? []) sum += entries.get(key)!.bytes;
    }
    return sum;
  };

  return {
    get counts() {
      return { ...counts, entries: entries.size, bytes };
    },
    get(key) {
      sweep();
      const entry = entries.get(key);
      if (entry && !isTooOld(entry, nowDays())) {
        entries.delete(key);
        entries.set(key, entry);
        counts.hits++;
        return entry.prefix;
      }
      if (entry) {
        remove(key, entry);
        counts.expired++;
      }
      counts.misses++;
      return undefined;
    },
    put(key, { userId, prefix, storedDays = nowDays() }) {
      sweep();
      const known = entries.get(key);
      if (known) remove(key, known);
      const entry = { userId, prefix, bytes: storedBytes(prefix), storedDays };
      if (entry.bytes > maxBytes - pinnedBytes()) {
        counts.refused++;
        return false;
      }
      for (const [oldKey, old] of entries) {
        if (bytes + entry.bytes <= maxBytes) break;
        if (pinned.has(old.userId)) continue;
        remove(oldKey, old);
        counts.evicted++;
      }
      entries.set(key, entry);
      bytes += entry.bytes;
      const keys = keysByUser.get(userId) ?? new Set();
      keysByUser.set(userId, keys.add(key));
      return true;
    },
    isFresh: (entry) => !isTooOld(entry, nowDays()),
    drop(userId) {
      for (const key of keysByUser.get(userId) ?? []) remove(key, entries.get(key)!);
    },
    pin(userId) {
      pinned.add(userId);
    },
    unpin(userId) {
      pinned.delete(userId);
    },
  };
}

import type { StoredPrefix } from '@q-anchor/dual-tower';

/** What a prefix is found by in a tier. */
export interface PrefixPlace {
  /** Its key, a digest of all that makes it. */
  readonly key: string;
  /** Whose it is: so that a user's prefixes can be forgotten. */
  readonly userId: string;
}

/** A prefix, and since when it is kept. */
export interface DatedPrefix {
  /** The prefix. */
  readonly prefix: StoredPrefix;
  /** When it was read, in days on the clock of the serving. */
  readonly storedDays: number;
}

/** What a tier has seen and holds; all but `entries`, `bytes` and `pendingBytes` only grow. */
export interface TierCounts {
  /** Lookups that found a prefix. */
  readonly hits: number;
  /** Lookups that did not, for whatever reason. */
  readonly misses: number;
  /** Prefixes found that were too old. */
  readonly expired: number;
  /** Reads and writes that failed or took too long, and contents that were damaged. */
  readonly errors: number;
  /** Lookups and prefixes that the tier was not asked about, since it has failed lately. */
  readonly skipped: number;
  /** Prefixes written. */
  readonly written: number;
  /** Prefixes that were not written: no room among those that wait, or larger than all room. */
  readonly dropped: number;
  /** Prefixes that this process let go to make room. */
  readonly evicted: number;
  /** Bytes read, of hits. */
  readonly readBytes: number;
  /** Bytes written. */
  readonly writtenBytes: number;
  /** Bytes that wait to be written. */
  readonly pendingBytes: number;
  /** Prefixes held, as far as this process knows; null where it can't. */
  readonly entries: number | null;
  /** Bytes held, as far as this process knows; null where it can't. */
  readonly bytes: number | null;
}

/** One read or write of a tier, for histograms. */
export interface TierOperation {
  /** The tier's name. */
  readonly tier: string;
  /** What was done. */
  readonly operation: 'read' | 'write';
  /** What came of it. */
  readonly outcome: 'hit' | 'miss' | 'written' | 'failed';
  /** How long it took. */
  readonly seconds: number;
  /** Bytes read or written; 0 where none were. */
  readonly bytes: number;
}

/**
 * A place behind memory where prefixes are kept by content. Nothing it does fails a request: whatever
 * goes wrong is a miss, and counted. Disposal writes what waits, then ends.
 */
export interface PrefixTier extends AsyncDisposable {
  /** Its name in counters. */
  readonly name: string;
  /** Counters. */
  readonly counts: TierCounts;
  /**
   * Prefixes of places, in their order; undefined where there is none that could be used.
   *
   * @param places - at least one
   * @param options - whether one that was read at a time may still be used
   */
  get(
    places: readonly PrefixPlace[],
    options: { readonly isFresh: (storedDays: number, userId: string) => boolean },
  ): Promise<readonly (DatedPrefix | undefined)[]>;
  /** Takes a prefix in, to be written soon; it can be found at once. */
  put(place: PrefixPlace, kept: DatedPrefix): void;
  /** Forgets all prefixes of a user, those that wait too. */
  forget(userId: string): void;
  /** Settles once there is room for more to be written, or after a short while. */
  room(): Promise<void>;
  /** Settles when all that was asked for is done. */
  flush(): Promise<void>;
}

/** Counters while they grow. */
export type GrowingCounts = {
  -readonly [Name in Exclude<keyof TierCounts, 'pendingBytes' | 'entries' | 'bytes'>]: number;
};

/** Counters at zero. */
export const noCounts = (): GrowingCounts => ({
  hits: 0,
  misses: 0,
  expired: 0,
  errors: 0,
  skipped: 0,
  written: 0,
  dropped: 0,
  evicted: 0,
  readBytes: 0,
  writtenBytes: 0,
});

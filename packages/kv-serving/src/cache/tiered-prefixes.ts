import type { StoredPrefix } from '@q-anchor/dual-tower';

import type { PrefixMemory } from './prefix-memory.js';
import type { DatedPrefix, PrefixPlace, PrefixTier } from './tiers/prefix-tier.js';

/** A prefix to find, and whether it may still be kept when it is found. */
export interface WantedPrefix extends PrefixPlace {
  /** Whether the user is as it was when the request came. */
  readonly isCurrent: () => boolean;
}

/** Memory, and the tiers behind it. */
export interface TieredPrefixes {
  /** Prefixes by key, from wherever they are; those found below are kept above. */
  find(wanted: readonly WantedPrefix[]): Promise<ReadonlyMap<string, StoredPrefix>>;
  /** Keeps a prefix that was just read, everywhere. */
  keep(place: PrefixPlace, prefix: StoredPrefix): void;
  /** Settles once the tiers have room for more, or after a short while. */
  room(): Promise<void>;
  /** Forgets all prefixes of a user, everywhere. */
  forget(userId: string): void;
}

/**
 * Joins memory and tiers.
 *
 * @param options - memory; tiers in the order in which they are asked; the time now in days
 */
export function createTieredPrefixes(options: {
  readonly memory: PrefixMemory;
  readonly tiers: readonly PrefixTier[];
  readonly nowDays: () => number;
}): TieredPrefixes {
  const { memory, tiers, nowDays } = options;
  const isFresh = (storedDays: number, userId: string): boolean =>
    memory.isFresh({ storedDays, userId });
  const promote = (place: WantedPrefix, kept: DatedPrefix, above: readonly PrefixTier[]): void => {
    if (!place.isCurrent()) return;
    const { key, userId } = place;
    memory.put(key, { userId, ...kept });
    for (const tier of above) tier.put({ key, userId }, kept);
  };
  return {
    async find(wanted) {
      const found = new Map<string, StoredPrefix>();
      let missing: WantedPrefix[] = [];
      for (const place of wanted) {
        const prefix = memory.get(place.key);
        if (prefix) found.set(place.key, prefix);
        else missing.push(place);
      }
      for (const [t, tier] of tiers.entries()) {
        if (missing.length === 0) break;
        const kept = await tier.get(missing, { isFresh });
        for (const [i, place] of missing.entries()) {
          const one = kept[i];
          if (!one) continue;
          found.set(place.key, one.prefix);
          promote(place, one, tiers.slice(0, t));
        }
        missing = missing.filter(({ key }) => !found.has(key));
      }
      return found;
    },
    keep({ key, userId }, prefix) {
      const storedDays = nowDays();
      memory.put(key, { userId, prefix, storedDays });
      for (const tier of tiers) tier.put({ key, userId }, { prefix, storedDays });
    },
    async room() {
      await Promise.all(tiers.map((tier) => tier.room()));
    },
    forget(userId) {
      memory.drop(userId);
      for (const tier of tiers) tier.forget(userId);
    },
  };
}

import { noCounts, type GrowingCounts, type TierOperation } from './prefix-tier.js';

/** Counts what a tier does, and tells a listener. */
export interface TierMeter {
  /** The counters. */
  readonly counts: GrowingCounts;
  /** A lookup that ended; how many bytes it found, none for a miss. */
  read(since: number, outcome: { readonly bytes?: number; readonly hasFailed?: boolean }): void;
  /** A write that ended. */
  wrote(since: number, outcome: { readonly bytes: number; readonly hasFailed?: boolean }): void;
}

/**
 * A meter at zero.
 *
 * @param tier - the tier's name
 * @param onOperation - hears of each read and write
 */
export function createTierMeter(
  tier: string,
  onOperation?: (operation: TierOperation) => void,
): TierMeter {
  const counts = noCounts();
  const tell = (
    since: number,
    rest: Pick<TierOperation, 'operation' | 'outcome' | 'bytes'>,
  ): void => {
    onOperation?.({ tier, ...rest, seconds: (performance.now() - since) / 1000 });
  };
  return {
    counts,
    read(since, { bytes, hasFailed = false }) {
      if (bytes === undefined) counts.misses++;
      else counts.hits++;
      counts.readBytes += bytes ?? 0;
      if (hasFailed) counts.errors++;
      const outcome = hasFailed ? 'failed' : bytes === undefined ? 'miss' : 'hit';
      tell(since, { operation: 'read', outcome, bytes: bytes ?? 0 });
    },
    wrote(since, { bytes, hasFailed = false }) {
      if (hasFailed) counts.errors++;
      else {
        counts.written++;
        counts.writtenBytes += bytes;
      }
      const outcome = hasFailed ? 'failed' : 'written';
      tell(since, { operation: 'write', outcome, bytes: hasFailed ? 0 : bytes });
    },
  };
}

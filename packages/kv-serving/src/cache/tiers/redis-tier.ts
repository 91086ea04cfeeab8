import { digestOf } from '@q-anchor/core';

import { createBackground } from './background.js';
import { createCircuit } from './circuit.js';
import { prefixFrom, prefixParts, writtenBytes } from './prefix-bytes.js';
import type { DatedPrefix, PrefixPlace, PrefixTier, TierOperation } from './prefix-tier.js';
import { openRedis } from './redis-client.js';
import { requirePositive } from './require-positive.js';
import { createTierMeter } from './tier-meter.js';
import { withinTime } from './within-time.js';
import { createWriteQueue } from './write-queue.js';

/** What {@link openRedisTier} is given. */
export interface RedisTierOptions {
  /** `redis://[[user]:password@]host:port[/number]`, or `rediss://` with TLS. */
  readonly url: string;
  /** Seconds that a prefix is kept there after it was written. Default a day. */
  readonly ttlSeconds?: number;
  /** Milliseconds that a lookup may take before it counts as a miss. Default 250. */
  readonly timeoutMs?: number;
  /** Milliseconds that a write may take. Default 5000. */
  readonly writeTimeoutMs?: number;
  /** Failures in a row after which the server is left alone for a while. Default 3. */
  readonly failures?: number;
  /** Milliseconds of the first such pause, which doubles up to 30 s. Default 1000. */
  readonly pauseMs?: number;
  /** Begins all keys. Default `q-anchor:prefix:`. */
  readonly keyPrefix?: string;
  /** Its name in counters. Default `redis`. */
  readonly name?: string;
  /** Bytes of the largest value. Default 512 MiB, which is Redis's own limit. */
  readonly maxValueBytes?: number;
  /** Bytes that may wait to be written. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** Hears of each read and write. */
  readonly onOperation?: (operation: TierOperation) => void;
}

const longestPauseMs = 30_000;
const descriptionBytes = 512;

/**
 * Prefixes in Redis, which several servers share. Values have a sum and end after their time; what makes
 * room before is Redis's own (`maxmemory`, `maxmemory-policy`). A server that is slow, stuck or not there
 * fails no request: lookups end in time, and after some failures it is left alone for a while. Opening does
 * not wait for the connection.
 *
 * @param options - URL, times
 * @throws {@link @q-anchor/core#InputError} if the URL is none of Redis, or a limit is not positive
 */
export async function openRedisTier(options: RedisTierOptions): Promise<PrefixTier> {
  const { url, name = 'redis', keyPrefix = 'q-anchor:prefix:', onOperation } = options;
  const { ttlSeconds = 86_400, timeoutMs = 250, writeTimeoutMs = 5000 } = options;
  const { failures = 3, pauseMs = 1000 } = options;
  const { maxValueBytes = 2 ** 29, maxPendingBytes = 2 ** 28 } = options;
  requirePositive({ ttlSeconds, timeoutMs, writeTimeoutMs, failures, pauseMs, maxPendingBytes });
  const redis = await openRedis({ url, connectTimeoutMs: writeTimeoutMs });
  const circuit = createCircuit({ failures, pauseMs, longestPauseMs });
  const meter = createTierMeter(name, onOperation);
  const { counts } = meter;
  // Keys of one user lie on one node of a cluster.
  const userKey = (userId: string): string => `${keyPrefix}{${digestOf(userId).slice(0, 24)}}`;
  const keyOf = ({ key, userId }: PrefixPlace): string => `${userKey(userId)}:${key}`;

  /** What the server answers, in time; undefined if it is left alone, and `failed` where it fails. */
  const asked = async <T>(
    ask: () => Promise<T>,
    { limitMs, failed }: { readonly limitMs: number; readonly failed: () => void },
  ): Promise<T | undefined> => {
    if (!redis.isReady || !circuit.allows()) {
      counts.skipped++;
      return undefined;
    }
    try {
      const answer = await withinTime(ask(), limitMs);
      circuit.succeeded();
      return answer;
    } catch {
      circuit.failed();
      failed();
      return undefined;
    }
  };
  const queue = createWriteQueue({
    maxBytes: maxPendingBytes,
    async write({ place, kept }) {
      const since = performance.now();
      let bytes = 0;
      const write = async (): Promise<true> => {
        const value = Buffer.concat(prefixParts(place.key, kept));
        bytes = value.length;
        const ttlMs = Math.ceil(1000 * ttlSeconds);
        await redis.put({ key: keyOf(place), set: userKey(place.userId), value, ttlMs });
        return true;
      };
      const failed = (): void => meter.wrote(since, { bytes: 0, hasFailed: true });
      const isWritten = await asked(write, { limitMs: writeTimeoutMs, failed });
      if (isWritten) meter.wrote(since, { bytes });
    },
  });
  const usable = (
    place: PrefixPlace,
    {
      value,
      waiting,
      since,
    }: {
      readonly value: Buffer | null | undefined;
      readonly waiting: DatedPrefix | undefined;
      readonly since: number;
    },
    isFresh: (storedDays: number, userId: string) => boolean,
  ): DatedPrefix | undefined => {
    const kept = waiting ?? (value ? prefixFrom(value, place) : undefined);
    const isUsable = kept !== undefined && isFresh(kept.storedDays, place.userId);
    if (kept && !isUsable) counts.expired++;
    const hasFailed = Boolean(value) && kept === undefined;
    meter.read(since, { ...(isUsable && { bytes: value?.length ?? 0 }), hasFailed });
    return isUsable ? kept : undefined;
  };
  const background = createBackground(() => counts.errors++);
  const flush = async (): Promise<void> => {
    await queue.flush();
    await background.ended();
  };

  return {
    name,
    get counts() {
      return { ...counts, pendingBytes: queue.bytes, entries: null, bytes: null };
    },
    async get(places, { isFresh }) {
      const since = performance.now();
      const waiting = places.map(({ key }) => queue.get(key));
      const others = places.filter((_, i) => !waiting[i]);
      const values = new Map<PrefixPlace, Buffer | null>();
      if (others.length > 0) {
        // One after the other in one packet.
        const read = async () => Promise.all(others.map((place) => redis.get(keyOf(place))));
        const failed = (): void => void counts.errors++;
        const answered = await asked(read, { limitMs: timeoutMs, failed });
        for (const [i, value] of (answered ?? []).entries()) values.set(others[i]!, value);
      }
      return places.map((place, i) =>
        usable(place, { value: values.get(place), waiting: waiting[i], since }, isFresh),
      );
    },
    put(place, kept) {
      const bytes = writtenBytes(kept.prefix) + descriptionBytes;
      if (bytes > maxValueBytes || !queue.add({ place, kept, bytes })) counts.dropped++;
    },
    forget(userId) {
      background.begin(async () => {
        await queue.remove(userId);
        const remove = () => redis.removeSet(userKey(userId));
        await asked(remove, { limitMs: writeTimeoutMs, failed: () => counts.errors++ });
      });
    },
    // A slow server is not waited for: what finds no room is dropped.
    room: () => Promise.resolve(),
    flush,
    async [Symbol.asyncDispose]() {
      await flush();
      redis.close();
    },
  };
}

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { createEmbedder } from '@q-anchor/dual-tower';
import {
  createServing,
  openDiskTier,
  openRedisTier,
  type PrefixTier,
  type Serving,
  type ServingOptions,
} from '@q-anchor/kv-serving';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { redisObstacle, startRedis } from '../../../core/test/support/redis-server.js';
import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { drawnProfiles, keyedModel, queries, relativeError } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = keyedModel();
const profiles = drawnProfiles(2, 6);
const plain = await createEmbedder(engine, model);
const expected = await Promise.all(profiles.map((profile) => plain.embed([profile], queries)));

let folder: string;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'cache');
});
const openDisk = () => openDiskTier({ folder, maxBytes: 1e8 });
const served = async (
  tiers: readonly PrefixTier[],
  options: Partial<ServingOptions> = {},
): Promise<Serving> => {
  const serving = await createServing(engine, { model, tiers, nowDays: () => 30, ...options });
  for (const profile of profiles) serving.putUser(profile);
  return serving;
};
/** Embeds all users; the share of prefix tokens that were cached. */
async function embedAll(serving: Serving): Promise<number> {
  const answers = await Promise.all(
    profiles.map(({ userId }) => serving.embed({ user: userId, queries })),
  );
  for (const [i, { embeddings }] of answers.entries()) {
    expect(relativeError(embeddings, expected[i]!)).toBeLessThan(1e-5);
  }
  const sum = (name: 'cachedTokens' | 'prefixTokens') =>
    answers.reduce((total, { usage }) => total + usage[name], 0);
  return sum('cachedTokens') / sum('prefixTokens');
}

describe('a disk', () => {
  test('serves after a restart, memory after that', async () => {
    {
      await using disk = await openDisk();
      await using serving = await served([disk]);
      expect(await embedAll(serving)).toBe(0);
      expect(serving.counts.tiers['disk']).toMatchObject({ hits: 0, misses: 6 });
    }
    await using disk = await openDisk();
    await using serving = await served([disk]);
    expect(await embedAll(serving)).toBe(1);
    expect(serving.counts.tiers['disk']).toMatchObject({ hits: 6, misses: 0, errors: 0 });
    expect(await embedAll(serving)).toBe(1);
    expect(serving.counts.tiers['disk']).toMatchObject({ hits: 6 });
    expect(serving.counts.prefixes).toMatchObject({ hits: 6, entries: 6 });
  });

  test('serves what memory has no room for', async () => {
    await using disk = await openDisk();
    await using serving = await served([disk], { maxCacheBytes: 0 });
    await embedAll(serving);
    expect(await embedAll(serving)).toBe(1);
    expect(serving.counts.prefixes).toMatchObject({ entries: 0, bytes: 0 });
  });

  test('damaged, is read anew', async () => {
    {
      await using disk = await openDisk();
      await using serving = await served([disk]);
      await embedAll(serving);
    }
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.prefix')) continue;
      const bytes = await readFile(join(folder, name));
      bytes[bytes.length - 7]! ^= 64;
      await writeFile(join(folder, name), bytes);
    }
    await using disk = await openDisk();
    await using serving = await served([disk]);
    expect(await embedAll(serving)).toBe(0);
    expect(serving.counts.tiers['disk']).toMatchObject({ errors: 6 });
    await disk.flush();
    expect(disk.counts.written).toBe(6);
  });

  test('forgets a user who is deleted; one who is put again is found', async () => {
    await using disk = await openDisk();
    await using serving = await served([disk], { maxCacheBytes: 0 });
    await embedAll(serving);
    await disk.flush();
    const [first, second] = profiles;
    serving.putUser(second!);
    serving.deleteUser(first!.userId);
    await disk.flush();
    expect(disk.counts.entries).toBe(5);
    serving.putUser(first!);
    const usages = await Promise.all(
      [first!, second!].map(({ userId }) => serving.embed({ user: userId, queries })),
    );
    expect(usages.map(({ usage }) => usage.cachedTokens > 0)).toEqual([false, true]);
  });

  test('keeps nothing of a user who was deleted while it was read', async () => {
    await using disk = await openDisk();
    await using serving = await served([disk]);
    const waiting = serving.embed({ user: 'u2', queries });
    serving.deleteUser('u2');
    expect(relativeError((await waiting).embeddings, expected[2]!)).toBeLessThan(1e-5);
    await disk.flush();
    expect(disk.counts).toMatchObject({ written: 0, entries: 0 });
  });

  test('has its time from when a prefix was read, pins excepted', async () => {
    let now = 29.1;
    const options = { cacheTtlSeconds: 0.5 * 86_400, nowDays: () => now };
    {
      await using disk = await openDisk();
      await using serving = await served([disk], options);
      await embedAll(serving);
    }
    now = 29.3;
    await using disk = await openDisk();
    await using serving = await served([disk], options);
    serving.pinUser('u0');
    expect(await embedAll(serving)).toBe(1);
    // It is not younger for having been read from the disk.
    now = 29.65;
    const usages = await Promise.all(['u0', 'u1'].map((user) => serving.embed({ user, queries })));
    expect(usages.map(({ usage }) => usage.cachedTokens > 0)).toEqual([true, false]);
    expect(serving.counts.tiers['disk']).toMatchObject({ expired: 1 });
  });
});

describe.skipIf(redisObstacle() !== undefined)('Redis', () => {
  test('shares prefixes between servers, and what it has comes to the disk', async () => {
    await using server = await startRedis();
    await using first = await openRedisTier({ url: server.url, timeoutMs: 5000 });
    await using second = await openRedisTier({ url: server.url, timeoutMs: 5000 });
    await using one = await served([first]);
    await embedAll(one);
    await first.flush();
    await using disk = await openDisk();
    await using other = await served([disk, second]);
    expect(await embedAll(other)).toBe(1);
    expect(other.counts.tiers).toMatchObject({
      disk: { hits: 0, misses: 6 },
      redis: { hits: 6, misses: 0 },
    });
    await disk.flush();
    expect(disk.counts).toMatchObject({ written: 6, entries: 6 });
    expect(second.counts.written).toBe(0);
  });

  test('killed in between, fails no request', async () => {
    const server = await startRedis();
    await using redis = await openRedisTier({ url: server.url, timeoutMs: 200 });
    await using serving = await served([redis], { maxCacheBytes: 0 });
    await embedAll(serving);
    // What waits would be found.
    await redis.flush();
    server.process.kill('SIGSTOP');
    expect(await embedAll(serving)).toBe(0);
    await redis.flush();
    await server[Symbol.asyncDispose]();
    expect(await embedAll(serving)).toBe(0);
  });
});

test('tiers of one name are refused', async () => {
  await using disk = await openDisk();
  await expect(served([disk, disk])).rejects.toThrow(/distinct names, found disk, disk/);
});

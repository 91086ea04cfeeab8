import { setTimeout as delay } from 'node:timers/promises';

import { openRedisTier, type PrefixTier, type RedisTierOptions } from '@q-anchor/kv-serving';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  redisObstacle,
  startRedis,
  type RedisServer,
} from '../../../../core/test/support/redis-server.js';
import { drawnPrefix, has, kept, placeOf, prefixIn } from './support.js';

/** Opens a tier, and waits until its connection stands where it is to. */
async function open(
  url: string,
  options: Partial<RedisTierOptions> = {},
  { waits = true } = {},
): Promise<PrefixTier> {
  const tier = await openRedisTier({ url, timeoutMs: 2000, ...options });
  if (waits) await answering(tier);
  return tier;
}

/** Asks a tier until the server answers. */
async function answering(tier: PrefixTier): Promise<void> {
  for (let { skipped, errors } = tier.counts; ;) {
    await has(tier, 'nothing');
    const now = tier.counts;
    if (now.skipped === skipped && now.errors === errors) return;
    ({ skipped, errors } = now);
    await delay(20);
  }
}

const clientOf = async (url: string) => {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return { client, [Symbol.dispose]: () => client.destroy() };
};

describe.skipIf(redisObstacle() !== undefined)('with a server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(['f32', 'f16', 'int8'] as const)('servers share prefixes of %s', async (storage) => {
    const prefix = drawnPrefix(9, { storage, seed: 5 });
    await using first = await open(server.url);
    await using second = await open(server.url);
    first.put(placeOf(storage), kept(prefix, 12));
    expect(await has(first, storage)).toEqual([true]);
    await first.flush();
    expect(await prefixIn(second, placeOf(storage))).toEqual(kept(prefix, 12));
    // Everything but the user and the key is the same: nothing is found.
    expect(await has(second, `${storage}.`)).toEqual([false]);
    expect(await prefixIn(second, placeOf(storage, 'other'))).toBeUndefined();
    const { written, writtenBytes } = first.counts;
    expect({ written, writtenBytes }).toEqual({
      written: 1,
      writtenBytes: second.counts.readBytes,
    });
    expect(second.counts).toMatchObject({ hits: 1, errors: 0, entries: null, bytes: null });
  });

  test('many are asked for at once', async () => {
    await using tier = await open(server.url);
    const keys = Array.from({ length: 50 }, (_, i) => `many${i}`);
    for (const [i, key] of keys.entries()) {
      if (i % 2 === 0) tier.put(placeOf(key), kept(drawnPrefix(2, { seed: i })));
    }
    await tier.flush();
    expect(await has(tier, ...keys)).toEqual(keys.map((_, i) => i % 2 === 0));
    expect((await prefixIn(tier, placeOf('many48')))!.prefix).toEqual(drawnPrefix(2, { seed: 48 }));
  });

  test('values end after their time', async () => {
    await using tier = await open(server.url, { ttlSeconds: 0.2, keyPrefix: 'short:' });
    using raw = await clientOf(server.url);
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    const keys = await raw.client.keys('short:*');
    // The prefix, and what is known of its user.
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(await raw.client.pTTL(key)).toBeLessThanOrEqual(200);
    await delay(250);
    expect(await has(tier, 'a')).toEqual([false]);
    expect(await raw.client.keys('short:*')).toEqual([]);
  });

  test('a user is forgotten', async () => {
    await using tier = await open(server.url, { keyPrefix: 'forget:' });
    using raw = await clientOf(server.url);
    for (const key of ['a1', 'a2']) tier.put(placeOf(key, 'ann'), kept(drawnPrefix(1)));
    tier.put(placeOf('b'), kept(drawnPrefix(1)));
    await tier.flush();
    tier.forget('ann');
    await tier.flush();
    expect(await prefixIn(tier, placeOf('a1', 'ann'))).toBeUndefined();
    expect(await has(tier, 'b')).toEqual([true]);
    expect(await raw.client.keys('forget:*')).toHaveLength(2);
  });

  test('what is damaged or too old is a miss', async () => {
    await using tier = await open(server.url, { keyPrefix: 'bad:' });
    using raw = await clientOf(server.url);
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    const key = (await raw.client.keys('bad:*')).find((one) => one.endsWith(':a'));
    await raw.client.setRange(key!, 200, 'zzz');
    expect(await has(tier, 'a')).toEqual([false]);
    expect(tier.counts).toMatchObject({ errors: 1, hits: 0 });
    await raw.client.set(key!, 'short');
    expect(await has(tier, 'a')).toEqual([false]);
    tier.put(placeOf('b'), kept(drawnPrefix(1)));
    await tier.flush();
    expect(await tier.get([placeOf('b')], { isFresh: () => false })).toEqual([undefined]);
    expect(tier.counts).toMatchObject({ errors: 2, hits: 0, expired: 1 });
  });

  test('a value of another type is a failure, and a miss', async () => {
    await using tier = await open(server.url, { keyPrefix: 'type:', failures: 100 });
    using raw = await clientOf(server.url);
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    const key = (await raw.client.keys('type:*')).find((one) => one.endsWith(':a'));
    await raw.client.del(key!);
    await raw.client.lPush(key!, 'x');
    expect(await has(tier, 'a')).toEqual([false]);
    expect(tier.counts.errors).toBe(1);
  });

  test('values that are too large, or find no room to wait, are dropped', async () => {
    await using tier = await open(server.url, { maxValueBytes: 2000, maxPendingBytes: 2500 });
    tier.put(placeOf('large'), kept(drawnPrefix(20)));
    for (const key of ['x', 'y', 'z']) tier.put(placeOf(key), kept(drawnPrefix(4)));
    await tier.room();
    await tier.flush();
    expect(tier.counts).toMatchObject({ dropped: 2, written: 2 });
  });
});

describe.skipIf(redisObstacle() !== undefined)('trouble', () => {
  test('a stuck server costs a few timeouts, is left alone, and is asked again', async () => {
    await using server = await startRedis();
    await using tier = await open(server.url, { timeoutMs: 60, pauseMs: 300 });
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    expect(await has(tier, 'a')).toEqual([true]);
    const { skipped } = tier.counts;
    server.process.kill('SIGSTOP');
    const start = performance.now();
    for (let i = 0; i < 50; i++) expect(await has(tier, 'a')).toEqual([false]);
    // Three lookups waited, the others did not.
    expect(performance.now() - start).toBeLessThan(1000);
    expect(tier.counts.errors).toBe(3);
    expect(tier.counts.skipped - skipped).toBeGreaterThan(20);
    server.process.kill('SIGCONT');
    await answering(tier);
    expect(await has(tier, 'a')).toEqual([true]);
  });

  test('a server that is killed and comes back is used again', async () => {
    const first = await startRedis();
    await using tier = await open(first.url, { pauseMs: 50 });
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    await first[Symbol.asyncDispose]();
    expect(await has(tier, 'a')).toEqual([false]);
    tier.put(placeOf('lost'), kept(drawnPrefix(1)));
    await tier.flush();
    await using _second = await startRedis({ port: first.port });
    await answering(tier);
    tier.put(placeOf('a'), kept(drawnPrefix(1)));
    await tier.flush();
    expect(await has(tier, 'a', 'lost')).toEqual([true, false]);
  });

  test('a full server fails writes, and no more', async () => {
    await using server = await startRedis({ args: ['--maxmemory', '3mb'] });
    await using tier = await open(server.url, { failures: 1000 });
    for (let i = 0; i < 40; i++) {
      tier.put(placeOf(`k${i}`), kept(drawnPrefix(1000, { seed: i })));
      await tier.flush();
    }
    expect(tier.counts.written).toBeGreaterThan(3);
    expect(tier.counts.errors).toBeGreaterThan(3);
    expect(await has(tier, 'k0')).toEqual([true]);
  });
});

test('a server that is not there fails nothing and costs no time', async () => {
  await using tier = await open('redis://127.0.0.1:1', {}, { waits: false });
  const start = performance.now();
  for (let i = 0; i < 100; i++) {
    tier.put(placeOf(`k${i}`), kept(drawnPrefix(1)));
    expect(await has(tier, 'other')).toEqual([false]);
  }
  await tier.flush();
  tier.forget('k0');
  await tier.flush();
  expect(performance.now() - start).toBeLessThan(1500);
  expect(tier.counts).toMatchObject({ misses: 100, errors: 0, written: 0, hits: 0 });
  expect(tier.counts.skipped).toBeGreaterThan(150);
});

test('a URL of something else is refused, without what it says', async () => {
  for (const url of ['http://secret@host', 'secret', '']) {
    const refused = openRedisTier({ url });
    await expect(refused).rejects.toThrow(/url of Redis: expected redis:\/\/host:port/);
    await expect(refused).rejects.not.toThrow(/secret/);
  }
  await expect(openRedisTier({ url: 'redis://h', timeoutMs: 0 })).rejects.toThrow(/timeoutMs/);
});

import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';
import type { StoredPrefix } from '@q-anchor/dual-tower';
import {
  openDiskTier,
  type DatedPrefix,
  type DiskTierOptions,
  type TierOperation,
} from '@q-anchor/kv-serving';
import { beforeEach, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../core/test/support/temporary-folder.js';
import { drawnPrefix, has, kept, placeOf, prefixIn } from './support.js';

let folder: string;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'cache');
});

const open = (options: Partial<DiskTierOptions> = {}) =>
  openDiskTier({ folder, maxBytes: 1e9, ...options });
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.prefix'))
    .map((name) => join(folder, name))
    .toSorted();
const bytesOnDisk = async (): Promise<number> => {
  const sizes = await Promise.all((await files()).map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};
/** Bytes of a file with a prefix of one token. */
const oneFile = async (): Promise<number> => {
  const elsewhere = join(await temporaryFolder(), 'one');
  await using tier = await open({ folder: elsewhere });
  tier.put(placeOf('a'), kept(drawnPrefix(1)));
  await tier.flush();
  return tier.counts.bytes!;
};

describe('a restart', () => {
  test.each(['f32', 'f16', 'int8'] as const)('keeps prefixes of %s bit by bit', async (storage) => {
    const prefixes = [1, 7, 0].map((length, seed) => drawnPrefix(length, { storage, seed }));
    {
      await using tier = await open();
      for (const [i, prefix] of prefixes.entries()) tier.put(placeOf(`k${i}`), kept(prefix, i));
      // Found before they are written.
      expect(await has(tier, 'k0', 'k1', 'k2')).toEqual([true, true, true]);
    }
    await using tier = await open();
    for (const [i, prefix] of prefixes.entries()) {
      expect(await prefixIn(tier, placeOf(`k${i}`))).toEqual(kept(prefix, i));
    }
    expect(tier.counts).toMatchObject({ hits: 3, misses: 0, errors: 0, entries: 3 });
    expect(tier.counts.bytes).toBe(await bytesOnDisk());
    expect(tier.counts.readBytes).toBe(tier.counts.bytes);
  });

  test('keeps what was last used', async () => {
    const maxBytes = 3 * (await oneFile());
    {
      await using tier = await open({ maxBytes });
      for (const key of ['a', 'b', 'c']) {
        tier.put(placeOf(key), kept(drawnPrefix(1)));
        await tier.flush();
      }
      // Clocks of file systems may be coarse.
      for (const [i, path] of (await files()).entries()) await utimes(path, i, i);
      expect(await has(tier, 'a')).toEqual([true]);
    }
    await using tier = await open({ maxBytes });
    const names = await files();
    tier.put(placeOf('d'), kept(drawnPrefix(1)));
    await tier.flush();
    expect(await has(tier, 'a', 'd')).toEqual([true, true]);
    expect((await has(tier, 'b', 'c')).filter(Boolean)).toHaveLength(1);
    expect(names).toHaveLength(3);
  });

  test('removes what a killed process left unfinished, once it is old', async () => {
    await (await open()).flush();
    const [old, fresh] = ['1-old', '2-fresh'].map((name) => join(folder, 'unfinished', name));
    await Promise.all([writeFile(old!, 'x'), writeFile(fresh!, 'x')]);
    await utimes(old!, 1, 1);
    await open();
    expect(await readdir(join(folder, 'unfinished'))).toEqual(['2-fresh']);
  });
});

describe('damage is a miss, and goes', () => {
  const write = async (): Promise<string> => {
    await using tier = await open();
    tier.put(placeOf('a'), kept(drawnPrefix(3, { storage: 'int8' })));
    await tier.flush();
    return (await files())[0]!;
  };
  /** What a lookup finds, counts and leaves. */
  const lookedUp = async () => {
    await using tier = await open();
    const found = await has(tier, 'a');
    const { hits, misses, errors } = tier.counts;
    await tier.flush();
    return { found, hits, misses, errors, files: await files() };
  };
  const gone = { found: [false], hits: 0, misses: 1, errors: 1, files: [] };

  test('any byte, whichever', async () => {
    const path = await write();
    const whole = await readFile(path);
    const random = createRandom(4);
    await using tier = await open();
    let unseen = 0;
    for (let i = 0; i < whole.length; i++) {
      const bytes = Buffer.from(whole);
      bytes[i]! ^= 1 << random.integer(8);
      await writeFile(path, bytes);
      const found = await prefixIn(tier, placeOf('a'));
      await tier.flush();
      if (!found) continue;
      // Four bytes of the head mean nothing.
      expect(i).toBeGreaterThanOrEqual(12);
      expect(i).toBeLessThan(16);
      expect(found).toEqual(kept(drawnPrefix(3, { storage: 'int8' })));
      unseen++;
    }
    expect(unseen).toBe(4);
    expect(tier.counts.errors).toBe(whole.length - 4);
  });

  test.each([
    ['torn', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['of the head alone', (bytes: Buffer) => bytes.subarray(0, 10)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)])],
    ['zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
  ])('%s', async (_, change) => {
    const path = await write();
    await writeFile(path, change(await readFile(path)));
    expect(await lookedUp()).toEqual(gone);
  });

  test("another prefix's file under its name", async () => {
    const path = await write();
    const elsewhere = join(await temporaryFolder(), 'other');
    await using other = await open({ folder: elsewhere });
    other.put(placeOf('b'), kept(drawnPrefix(3)));
    await other.flush();
    const name = (await readdir(elsewhere, { recursive: true })).find((one) =>
      one.endsWith('.prefix'),
    );
    await rename(join(elsewhere, name!), path);
    expect(await lookedUp()).toEqual(gone);
  });
});

describe('room', () => {
  test('is not exceeded; the least recently used go', async () => {
    const size = await oneFile();
    await using tier = await open({ maxBytes: 3 * size });
    for (const key of ['a', 'b', 'c']) tier.put(placeOf(key), kept(drawnPrefix(1)));
    await tier.flush();
    await has(tier, 'a');
    tier.put(placeOf('d'), kept(drawnPrefix(1)));
    await tier.flush();
    expect(await has(tier, 'a', 'b', 'c', 'd')).toEqual([true, false, true, true]);
    expect(tier.counts).toMatchObject({ evicted: 1, entries: 3, bytes: 3 * size, written: 4 });
    expect(await bytesOnDisk()).toBe(3 * size);
    tier.put(placeOf('e'), kept(drawnPrefix(100)));
    await tier.flush();
    expect(tier.counts).toMatchObject({ dropped: 1, evicted: 1 });
  });

  test('holds over random use, and what is found is what was put', async () => {
    const random = createRandom(2);
    const maxBytes = 12 * (await oneFile());
    await using tier = await open({ maxBytes });
    const found: { readonly prefix: StoredPrefix; readonly kept: DatedPrefix | undefined }[] = [];
    const sizes: [onDisk: number, counted: number][] = [];
    for (let step = 0; step < 400; step++) {
      const seed = random.integer(20);
      const place = placeOf(`k${seed}`, `u${seed % 5}`);
      const prefix = drawnPrefix(1 + (seed % 4), { seed });
      const act = random.uniform();
      if (act < 0.5) tier.put(place, kept(prefix));
      else if (act < 0.93) found.push({ prefix, kept: await prefixIn(tier, place) });
      else if (act < 0.96) tier.forget(place.userId);
      else {
        await tier.flush();
        sizes.push([await bytesOnDisk(), tier.counts.bytes!]);
      }
    }
    for (const { prefix, kept: one } of found) {
      expect([prefix, undefined]).toContainEqual(one?.prefix);
    }
    for (const [onDisk, counted] of sizes) {
      expect(onDisk).toBe(counted);
      expect(onDisk).toBeLessThanOrEqual(maxBytes);
    }
    const { hits, evicted, errors } = tier.counts;
    expect(hits).toBeGreaterThan(30);
    expect(evicted).toBeGreaterThan(10);
    expect(errors).toBe(0);
  });

  test('of what waits: more is dropped, and whoever asks waits a little', async () => {
    const big = drawnPrefix(1000);
    await using tier = await open({ maxPendingBytes: 3e5, longestWaitMs: 10_000 });
    for (const key of ['a', 'b', 'c', 'd']) tier.put(placeOf(key), kept(big));
    expect(tier.counts).toMatchObject({ dropped: 2, written: 0 });
    expect(tier.counts.pendingBytes).toBeGreaterThan(2e5);
    await tier.room();
    expect(tier.counts.pendingBytes).toBeLessThan(1.5e5);
    expect(tier.counts.written).toBeGreaterThan(0);
    await tier.flush();
    expect(await has(tier, 'a', 'b', 'c', 'd')).toEqual([true, true, false, false]);
  });

  test('is waited for no longer than was said', async () => {
    await using tier = await open({ maxPendingBytes: 1, longestWaitMs: 5 });
    tier.put(placeOf('a'), kept(drawnPrefix(200_000)));
    await tier.room();
    expect(tier.counts.written).toBe(0);
  });
});

test('several processes share a folder, see each other and its bytes', async () => {
  const size = await oneFile();
  await using first = await open({ maxBytes: 4 * size, scanSeconds: 1e-9 });
  await using second = await open({ maxBytes: 4 * size, scanSeconds: 1e-9 });
  for (const key of ['a', 'b']) first.put(placeOf(key), kept(drawnPrefix(1)));
  await first.flush();
  expect(await has(second, 'a', 'b')).toEqual([true, true]);
  for (const key of ['c', 'd', 'e']) {
    second.put(placeOf(key), kept(drawnPrefix(1)));
    await second.flush();
  }
  expect(await bytesOnDisk()).toBe(4 * size);
  expect((await has(first, 'a', 'b', 'c', 'd', 'e')).filter(Boolean)).toHaveLength(4);
  first.put(placeOf('f'), kept(drawnPrefix(1)));
  await first.flush();
  expect(await bytesOnDisk()).toBe(4 * size);
});

test('a user is forgotten, waiting prefixes too, and so for other processes', async () => {
  await using tier = await open();
  await using other = await open();
  for (const key of ['a1', 'a2']) tier.put(placeOf(key, 'ann'), kept(drawnPrefix(1)));
  tier.put(placeOf('b'), kept(drawnPrefix(1)));
  await tier.flush();
  tier.put(placeOf('a3', 'ann'), kept(drawnPrefix(1)));
  tier.forget('ann');
  await tier.flush();
  for (const one of [tier, other]) {
    for (const key of ['a1', 'a2', 'a3']) {
      expect(await prefixIn(one, placeOf(key, 'ann'))).toBeUndefined();
    }
    expect(await has(one, 'b')).toEqual([true]);
  }
  expect(await files()).toHaveLength(1);
});

test('what is too old is a miss', async () => {
  await using tier = await open();
  tier.put(placeOf('a'), kept(drawnPrefix(1), 3));
  await tier.flush();
  const asked: unknown[] = [];
  const isFresh = (...of: readonly unknown[]): boolean => {
    asked.push(of);
    return false;
  };
  expect(await tier.get([placeOf('a')], { isFresh })).toEqual([undefined]);
  expect(asked).toEqual([[3, 'a']]);
  expect(tier.counts).toMatchObject({ hits: 0, misses: 1, expired: 1 });
});

test('a disk that takes nothing fails nothing, and is counted', async () => {
  const heard: TierOperation[] = [];
  await using tier = await open({ onOperation: (operation) => heard.push(operation) });
  await rm(folder, { recursive: true });
  await writeFile(folder, 'a file where the folder was');
  tier.put(placeOf('a'), kept(drawnPrefix(1)));
  await tier.flush();
  expect(await has(tier, 'a')).toEqual([false]);
  expect(tier.counts).toMatchObject({ errors: 2, written: 0, misses: 1 });
  expect(heard.map(({ tier: name, operation, outcome }) => [name, operation, outcome])).toEqual([
    ['disk', 'write', 'failed'],
    ['disk', 'read', 'failed'],
  ]);
  expect(heard.every(({ seconds }) => seconds > 0)).toBe(true);
});

test('reads and writes are told of', async () => {
  const heard: TierOperation[] = [];
  await using tier = await open({ name: 'ssd', onOperation: (one) => heard.push(one) });
  tier.put(placeOf('a'), kept(drawnPrefix(1)));
  await tier.flush();
  await has(tier, 'a', 'b');
  expect(heard.map(({ outcome, bytes }) => [outcome, bytes > 0])).toEqual([
    ['written', true],
    ['miss', false],
    ['hit', true],
  ]);
});

test('a limit that is none, or a file for a folder, is refused', async () => {
  await expect(open({ maxBytes: 0 })).rejects.toThrow(/maxBytes: expected a positive number/);
  await mkdir(folder);
  await writeFile(join(folder, 'x'), '');
  await expect(open({ folder: join(folder, 'x') })).rejects.toThrow(InputError);
});

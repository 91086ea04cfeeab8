import { createRandom } from '@q-anchor/core';
import { storedBytes, type StoredPrefix } from '@q-anchor/dual-tower';
import { createPrefixMemory } from '@q-anchor/kv-serving';
import { describe, expect, test } from 'vitest';

/** 4 bytes a number, 16 a token. */
const prefixOf = (length: number): StoredPrefix => ({
  length,
  segments: new BigInt64Array(length),
  positions: new BigInt64Array(length),
  content: new Float32Array(length),
});
const second = 1 / 86_400;

function createMemory(maxBytes: number, ttlSeconds?: number) {
  const clock = { days: 0 };
  const limits = ttlSeconds === undefined ? { maxBytes } : { maxBytes, ttlSeconds };
  const memory = createPrefixMemory({ ...limits, nowDays: () => clock.days });
  const put = (key: string, length = 1, userId = key): boolean =>
    memory.put(key, { userId, prefix: prefixOf(length) });
  const has = (key: string): boolean => memory.get(key) !== undefined;
  return { clock, memory, put, has };
}

describe('room', () => {
  test('the least recently used go first', () => {
    const { memory, put, has } = createMemory(60);
    for (const key of ['a', 'b', 'c']) put(key);
    expect(memory.counts.bytes).toBe(3 * storedBytes(prefixOf(1)));
    has('a');
    put('d');
    expect(['a', 'b', 'c', 'd'].map(has)).toEqual([true, false, true, true]);
    expect(memory.counts).toEqual({
      hits: 4,
      misses: 1,
      evicted: 1,
      expired: 0,
      refused: 0,
      entries: 3,
      bytes: 60,
    });
  });

  test('what is larger than all room is not taken in, and pushes nothing out', () => {
    const { memory, put, has } = createMemory(60);
    put('a');
    expect(put('b', 4)).toBe(false);
    expect(has('a')).toBe(true);
    expect(memory.counts).toMatchObject({ refused: 1, evicted: 0, bytes: 20 });
    expect(createMemory(0).put('a')).toBe(false);
  });

  test('pinned users stay; their bytes are not exceeded by others', () => {
    const { memory, put, has } = createMemory(60);
    memory.pin('a');
    put('a', 2);
    put('b');
    put('c');
    expect(['a', 'b', 'c'].map(has)).toEqual([true, false, true]);
    expect(put('d', 2)).toBe(false);
    memory.unpin('a');
    expect(put('d', 2)).toBe(true);
    expect(has('a')).toBe(false);
  });

  test('a user is dropped with all prefixes, a key put again is there once', () => {
    const { memory, put, has } = createMemory(1000);
    put('a1', 2, 'a');
    put('a1', 3, 'a');
    put('a2', 1, 'a');
    put('b', 1);
    expect(memory.counts).toMatchObject({ entries: 3, bytes: 100 });
    memory.drop('a');
    expect(['a1', 'a2', 'b'].map(has)).toEqual([false, false, true]);
    expect(memory.counts).toMatchObject({ entries: 1, bytes: 20, evicted: 0 });
  });

  test('the bound holds over random use', () => {
    const random = createRandom(5);
    const { memory, put, has, clock } = createMemory(400, 4);
    for (let step = 0; step < 2000; step++) {
      const user = `u${random.integer(12)}`;
      clock.days += second * random.uniform();
      const act = random.uniform();
      if (act < 0.5) put(`${user}.${random.integer(3)}`, 1 + random.integer(12), user);
      else if (act < 0.8) has(`${user}.${random.integer(3)}`);
      else if (act < 0.87) memory.drop(user);
      else if (act < 0.92) memory.pin(user);
      else memory.unpin(user);
      expect(memory.counts.bytes).toBeLessThanOrEqual(400);
    }
    expect(memory.counts.evicted).toBeGreaterThan(100);
    expect(memory.counts.expired).toBeGreaterThan(10);
    for (let u = 0; u < 12; u++) memory.drop(`u${u}`);
    expect(memory.counts).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('time', () => {
  test('a prefix goes after its time, used or not; pinned ones stay', () => {
    const { memory, put, has, clock } = createMemory(1000, 10);
    memory.pin('b');
    put('a');
    put('b');
    clock.days = 9.9 * second;
    expect(has('a')).toBe(true);
    clock.days = 10.1 * second;
    expect(['a', 'b'].map(has)).toEqual([false, true]);
    expect(memory.counts).toMatchObject({ expired: 1, entries: 1 });
  });

  test('old ones leave memory though nobody asks for them', () => {
    const { memory, put, clock } = createMemory(1000, 10);
    put('a');
    clock.days = 20 * second;
    put('b');
    expect(memory.counts).toMatchObject({ expired: 1, entries: 1, bytes: 20 });
  });
});

test.each([{ maxBytes: -1 }, { maxBytes: Number.NaN }, { maxBytes: 1, ttlSeconds: -1 }])(
  '%o is refused',
  (limits) => {
    expect(() => createPrefixMemory({ ...limits, nowDays: () => 0 })).toThrow(/0 or more/);
  },
);

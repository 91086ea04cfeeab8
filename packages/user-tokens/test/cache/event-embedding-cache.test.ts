import { InputError, ShapeError } from '@q-anchor/core';
import { createEventEmbeddingCache, type EventEmbeddingStore } from '@q-anchor/user-tokens';
import { describe, expect, test } from 'vitest';

/** A cache over an encoder that gives `[length of text, tokens counted]` and notes what it is asked. */
function countingCache(maxEntries: number) {
  const asked: (readonly string[])[] = [];
  const cache = createEventEmbeddingCache({
    encoderDigest: 'e1',
    maxEntries,
    encode: async (texts, maxTokens) => {
      asked.push(texts);
      return Float32Array.from(texts.flatMap((text) => [text.length, Math.min(99, maxTokens)]));
    },
  });
  return { cache, asked };
}

test('a batch is encoded once, repetitions once, and the second time not at all', async () => {
  const { cache, asked } = countingCache(10);
  const first = await cache.embed(['a', 'bbb', 'a', 'cc']);
  expect([...first('bbb')]).toEqual([3, 99]);
  expect(asked).toEqual([['a', 'bbb', 'cc']]);
  expect(cache.counts).toEqual({ hits: 0, misses: 3, entries: 3 });

  const second = await cache.embed(['cc', 'a', 'a']);
  expect([...second('cc')]).toEqual([2, 99]);
  expect(asked).toHaveLength(1);
  expect(cache.counts).toEqual({ hits: 2, misses: 3, entries: 3 });

  await cache.embed(['a', 'dddd']);
  expect(asked[1]).toEqual(['dddd']);
  expect(cache.counts).toEqual({ hits: 3, misses: 4, entries: 4 });
});

test('the cap of tokens is part of the content', async () => {
  const { cache } = countingCache(10);
  const short = await cache.embed(['a'], 3);
  const long = await cache.embed(['a'], 5);
  expect([...short('a')]).toEqual([1, 3]);
  expect([...long('a')]).toEqual([1, 5]);
  expect(cache.counts.misses).toBe(2);
});

test('the least recently used go first', async () => {
  const { cache, asked } = countingCache(2);
  await cache.embed(['a', 'b']);
  await cache.embed(['a']);
  await cache.embed(['c']); // b goes: a was used since
  await cache.embed(['a']);
  expect(asked).toEqual([['a', 'b'], ['c']]);
  await cache.embed(['b']);
  expect(asked.at(-1)).toEqual(['b']);
  expect(cache.counts.entries).toBe(2);
});

test('a batch larger than the cache is looked up all the same', async () => {
  const { cache } = countingCache(2);
  const lookup = await cache.embed(['a', 'bb', 'ccc', 'dddd']);
  expect(['a', 'bb', 'ccc', 'dddd'].map((text) => lookup(text)[0])).toEqual([1, 2, 3, 4]);
  expect(cache.counts).toEqual({ hits: 0, misses: 4, entries: 2 });
});

test('an entry does not change when the encoder reuses its buffer', async () => {
  const buffer = new Float32Array(1);
  const cache = createEventEmbeddingCache({
    encoderDigest: 'e',
    maxEntries: 5,
    encode: async ([text]) => {
      buffer[0] = text!.length;
      return buffer;
    },
  });
  const a = await cache.embed(['a']);
  await cache.embed(['bb']);
  expect(a('a')[0]).toBe(1);
});

test('nothing in, nothing encoded; empty texts are texts', async () => {
  const { cache, asked } = countingCache(2);
  await cache.embed([]);
  expect(asked).toEqual([]);
  const lookup = await cache.embed(['']);
  expect(lookup('')[0]).toBe(0);
});

describe('mistakes', () => {
  test('a text that was not asked for', async () => {
    const { cache } = countingCache(2);
    const lookup = await cache.embed(['a']);
    expect(() => lookup('b')).toThrow(InputError);
  });

  test.each([0, -1, 1.5, Number.NaN])('a size of %s', (maxEntries) => {
    expect(() => countingCache(maxEntries)).toThrow(/maxEntries/);
  });

  test('an encoder that gives too little; nothing is kept', async () => {
    const cache = createEventEmbeddingCache({
      encoderDigest: 'e',
      maxEntries: 5,
      encode: async () => new Float32Array(3),
    });
    await expect(cache.embed(['a', 'b'])).rejects.toThrow(ShapeError);
    expect(cache.counts).toEqual({ hits: 0, misses: 0, entries: 0 });
  });
});

describe('a store', () => {
  const storeOf = () => {
    const held = new Map<string, Float32Array>();
    const store: EventEmbeddingStore = {
      get: async (texts, maxTokens) => texts.map((text) => held.get(`${maxTokens} ${text}`)),
      put: async (texts, { maxTokens, embeddings }) => {
        const width = embeddings.length / texts.length;
        for (const [i, text] of texts.entries()) {
          held.set(`${maxTokens} ${text}`, embeddings.slice(i * width, (i + 1) * width));
        }
      },
    };
    return { held, store };
  };
  const cacheOn = (store: EventEmbeddingStore) => {
    const asked: string[] = [];
    const cache = createEventEmbeddingCache({
      encoderDigest: 'e',
      maxEntries: 2,
      store,
      encode: async (texts, maxTokens) => {
        asked.push(...texts);
        return Float32Array.from(texts.flatMap((text) => [text.length, Math.min(9, maxTokens)]));
      },
    });
    return { cache, asked };
  };

  test('another cache on it encodes only what it lacks, whatever memory dropped', async () => {
    const { held, store } = storeOf();
    const first = cacheOn(store);
    await first.cache.embed(['a', 'bb', 'ccc']);
    await first.cache.embed(['a', 'bb', 'ccc']);
    expect(first.asked).toEqual(['a', 'bb', 'ccc']);
    const second = cacheOn(store);
    const lookup = await second.cache.embed(['bb', 'dddd', 'a']);
    expect(second.asked).toEqual(['dddd']);
    expect(['bb', 'dddd', 'a'].map((text) => [...lookup(text)])).toEqual([
      [2, 9],
      [4, 9],
      [1, 9],
    ]);
    expect(second.cache.counts).toEqual({ hits: 2, misses: 1, entries: 2 });
    expect(held.size).toBe(4);
  });

  test('the cap of tokens is part of what is stored', async () => {
    const { store } = storeOf();
    await cacheOn(store).cache.embed(['a'], 3);
    const { cache, asked } = cacheOn(store);
    const lookup = await cache.embed(['a'], 4);
    expect([asked, [...lookup('a')]]).toEqual([['a'], [1, 4]]);
  });
});

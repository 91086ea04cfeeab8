import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import {
  createEmbedder,
  joinedPrefixes,
  readablePrefix,
  singlePrefixes,
  storageOf,
  storedBytes,
  storedPrefix,
  type SinglePrefix,
} from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import { collate, config, drawnParameters, drawnProfile, relativeError } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const shape = { layers: 2, keyValueHeads: 2, headSize: 3 };

/** A prefix whose keys have one channel far off, as those of real models do. */
function drawnPrefix(length: number, seed = 1): SinglePrefix {
  const random = createRandom(seed);
  const { layers, keyValueHeads, headSize } = shape;
  const content = Float32Array.from(
    { length: layers * 2 * keyValueHeads * length * headSize },
    (_, i) => {
      const isKey = Math.floor(i / (keyValueHeads * length * headSize)) % 2 === 0;
      return random.normal() + (isKey && i % headSize === 1 ? 300 : 0);
    },
  );
  return {
    length,
    segments: new BigInt64Array(length),
    positions: BigInt64Array.from({ length }, (_, i) => BigInt(i)),
    content,
  };
}

describe('integers', () => {
  test('lie on 255 steps from the least to the greatest of a channel', () => {
    // One layer, one head of two channels, two tokens: keys, then values.
    const decoder = { layers: 1, keyValueHeads: 1, headSize: 2 };
    const prefix: SinglePrefix = {
      length: 2,
      segments: new BigInt64Array(2),
      positions: new BigInt64Array(2),
      content: Float32Array.of(-1, 10, 254, 10, 0, 7, 510, 6.5),
    };
    const stored = storedPrefix(prefix, { storage: 'int8', decoder });
    expect([...stored.content]).toEqual([0, 0, 255, 0, 0, 255, 255, 0]);
    // Scales and offsets of keys, then of values.
    const half = Math.fround(0.5 / 255);
    expect([...stored.ranges!]).toEqual([1, 1, -1, 10, 2, half, 0, 6.5]);
    expect([...readablePrefix(stored, decoder).content]).toEqual([...prefix.content]);
    expect(storedBytes(stored)).toBe(8 + 2 * 16 + 4 * 8);
  });

  test('are off by half a step at most, one channel of large keys or not', () => {
    const prefix = drawnPrefix(7);
    const stored = storedPrefix(prefix, { storage: 'int8', decoder: shape });
    const again = readablePrefix(stored, shape).content;
    const { keyValueHeads, headSize } = shape;
    for (const [i, x] of prefix.content.entries()) {
      // Normal numbers of a channel lie within 8 of each other here.
      expect(Math.abs(x - again[i]!), `number ${i}`).toBeLessThan(8 / 510 + 1e-4);
    }
    expect(stored.ranges).toHaveLength(4 * 2 * keyValueHeads * headSize);
    expect(again).not.toEqual(prefix.content);
  });

  test('of one token, and of equal numbers, are exact', () => {
    for (const length of [1, 4]) {
      const prefix = drawnPrefix(length);
      if (length > 1) prefix.content.fill(-2.5);
      const stored = storedPrefix(prefix, { storage: 'int8', decoder: shape });
      const again = readablePrefix(stored, shape).content;
      expect(relativeError(again, prefix.content)).toBe(0);
    }
  });
});

test('half floats are off by 2^-11 of themselves; what is too large becomes the largest', () => {
  const prefix = drawnPrefix(5);
  prefix.content.set([1e6, -Infinity, 65_504]);
  const stored = storedPrefix(prefix, { storage: 'f16', decoder: shape });
  const again = readablePrefix(stored, shape).content;
  expect([...again.subarray(0, 3)]).toEqual([65_504, -65_504, 65_504]);
  for (let i = 3; i < again.length; i++) {
    const x = prefix.content[i]!;
    expect(Math.abs(x - again[i]!)).toBeLessThanOrEqual(2 ** -11 * Math.abs(x) + 2 ** -25);
  }
});

test('floats stay what they are; the precision shows in the array', () => {
  const prefix = drawnPrefix(2);
  expect(storedPrefix(prefix, { storage: 'f32', decoder: shape })).toBe(prefix);
  for (const storage of ['f32', 'f16', 'int8'] as const) {
    expect(storageOf(storedPrefix(prefix, { storage, decoder: shape }))).toBe(storage);
  }
});

describe.each(['f16', 'int8'] as const)('a program for %s', async (storage) => {
  const random = createRandom(3);
  const users = [5, 0, 12].map((most, i) => drawnProfile(random, `u${i}`, most));
  const queries = ['', 'often pay rent', 'coffee'];
  const asked = users.map((_, u) => queries.slice(u).map((query) => ({ query })));
  const options = { config, parameters: drawnParameters(config), collate };
  const embedder = await createEmbedder(engine, { ...options, storage });
  const { decoder } = config;
  const full = await embedder.encode(users);
  const kept = singlePrefixes(full, decoder).map((one) => storedPrefix(one, { storage, decoder }));

  test('takes prefixes as they are kept: as their floats would be, alone and in a batch', async () => {
    const rows = await embedder.embedAsked(joinedPrefixes(kept, decoder), asked);
    for (const [u, one] of kept.entries()) {
      const floats = joinedPrefixes([readablePrefix(one, decoder)], decoder);
      const [expected] = await embedder.embedAsked(floats, [asked[u]!]);
      expect(relativeError(rows[u]!, expected!)).toBeLessThan(1e-5);
      const [alone] = await embedder.embedAsked(joinedPrefixes([one], decoder), [asked[u]!]);
      expect(relativeError(alone!, expected!)).toBeLessThan(1e-5);
    }
  });

  test('reads prefixes as one for floats does', async () => {
    const plain = await createEmbedder(engine, options);
    expect(relativeError(await embedder.embed(users, queries), await plain.embed(users, queries)))
      // The same products, of one more block without tokens.
      .toBeLessThan(1e-5);
    await expect(plain.embedAsked(joinedPrefixes(kept, decoder), asked)).rejects.toThrow(
      InputError,
    );
  });

  test('refuses several precisions in one batch', async () => {
    const [first] = singlePrefixes(full, decoder);
    expect(() => joinedPrefixes([first!, kept[1]!], decoder)).toThrow(/all of one precision/);
  });
});

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError, ShapeError, type UserProfile } from '@q-anchor/core';
import {
  createEmbedder,
  joinedPrefixes,
  singlePrefixes,
  type AskedQuery,
  type CachedQueryOptions,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { afterAll, describe, expect, test } from 'vitest';

import {
  askedConfig,
  collate,
  config,
  createLossRunner,
  drawnExamples,
  drawnParameters,
  drawnProfile,
  loraConfig,
  qwen3Config,
  relativeError,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const random = createRandom(11);
const users = Array.from({ length: 5 }, (_, i) => drawnProfile(random, `u${i}`, i * 2));
const queries = [
  'will they buy coffee soon',
  '',
  'travel',
  'what does the user like next',
  'spend much',
  'news',
  'often pay rent',
  'red blue green',
  'maybe',
  'the user',
];
const { output: dimensions } = config.head;

/** Rows of `[users, queries, dimensions]`. */
const rowsOf = (data: Float32Array): Float32Array[] =>
  Array.from({ length: data.length / dimensions }, (_, i) =>
    data.subarray(i * dimensions, (i + 1) * dimensions),
  );

/** Embeddings of users for all queries by the anchor tower of training, which reads whole sequences. */
async function fullSequences(
  of: DualTowerConfig,
  profiles: readonly UserProfile[],
): Promise<Float32Array> {
  const run = await createLossRunner(engine, { of });
  const pairs = queries.map((query) => ({ query, answer: 'coffee', source: 'uqa' as const }));
  const { anchors } = await run(profiles.map((profile) => ({ profile, pairs })));
  return Float32Array.from(
    rowsOf(anchors.data as Float32Array).flatMap((row) =>
      Array.from(row, (value) => value / Math.hypot(...row)),
    ),
  );
}

const embedderOf = (of: DualTowerConfig, options: object = {}) =>
  createEmbedder(engine, { config: of, parameters: drawnParameters(of), collate, ...options });

describe.each([
  ['qwen2', config],
  ['qwen3', qwen3Config],
  ['with adapters', loraConfig],
  ['with questions in their token', askedConfig],
])('%s', async (_, of) => {
  const embedder = await embedderOf(of);
  const full = await fullSequences(of, users);

  test('a prefix and queries behind it equal the full sequence', async () => {
    expect(relativeError(await embedder.embed(users, queries), full)).toBeLessThan(1e-5);
    const cached = await embedder.embedCached(await embedder.encode(users), queries);
    expect(relativeError(cached, full)).toBeLessThan(1e-5);
  });

  test('ten queries packed on one cached prefix equal ten single ones', async () => {
    for (const user of users) {
      const cache = await embedder.encode([user]);
      const packed = rowsOf(await embedder.embedCached(cache, queries));
      for (const [k, query] of queries.entries()) {
        const single = await embedder.embedCached(cache, [query]);
        expect(relativeError(packed[k]!, single)).toBeLessThan(1e-5);
      }
    }
  });

  test('queries and soft prompts of several users packed in one run equal single ones', async () => {
    const soft = (count: number): TensorData => ({
      dtype: 'float32',
      shape: [count, of.decoder.width],
      data: Float32Array.from({ length: count * of.decoder.width }, () => random.normal()),
    });
    const asked = users.map((_unused, u): AskedQuery[] =>
      queries
        .slice(u, 2 * u + 2)
        .map((query, k) => (k % 2 === u % 2 ? { query, prompts: soft(k + 1) } : { query })),
    );
    const cache = await embedder.encode(users);
    const packed = await embedder.embedAsked(cache, asked);
    const singles = singlePrefixes(cache, of.decoder);
    const rejoined = await embedder.embedAsked(joinedPrefixes(singles, of.decoder), asked);
    expect(rejoined).toEqual(packed);
    for (const [u, own] of asked.entries()) {
      expect(packed[u]).toHaveLength(own.length * dimensions);
      const alone = joinedPrefixes([singles[u]!], of.decoder);
      for (const [k, { query, prompts }] of own.entries()) {
        const single = await embedder.embedCached(alone, [query], prompts && { prompts });
        expect(relativeError(rowsOf(packed[u]!)[k]!, single)).toBeLessThan(1e-5);
      }
    }
  });

  test('a batch of users equals single users, cached and not', async () => {
    const size = queries.length * dimensions;
    for (const [b, user] of users.entries()) {
      const expected = full.subarray(b * size, (b + 1) * size);
      expect(relativeError(await embedder.embed([user], queries), expected)).toBeLessThan(1e-5);
      const alone = await embedder.embedCached(await embedder.encode([user]), queries);
      expect(relativeError(alone, expected)).toBeLessThan(1e-5);
    }
  });
});

describe('long prefixes, which are read in parts', async () => {
  const of: DualTowerConfig = {
    ...config,
    decoder: { ...config.decoder, maxPositions: 1024 },
    users: {
      ...config.users,
      modalities: config.users.modalities.map((modality) => ({ ...modality, maxEvents: 400 })),
    },
  };
  const embedder = await embedderOf(of);
  const long = [700, 60, 300].map((most, i) => drawnProfile(createRandom(20 + i), `l${i}`, most));
  const full = await fullSequences(of, long);

  test('equal the full sequence, alone and in a batch with padding', async () => {
    const cache = await embedder.encode(long);
    const lengths = cache.prefixLengths;
    expect(Math.max(...lengths)).toBeGreaterThan(512);
    expect(Math.min(...lengths)).toBeLessThan(256);
    expect(cache.layers[0]!.keys.shape[2]).toBe(Math.max(...lengths));
    expect(relativeError(await embedder.embedCached(cache, queries), full)).toBeLessThan(1e-5);
    for (const [b, user] of long.entries()) {
      const alone = await embedder.embed([user], queries);
      const size = queries.length * dimensions;
      const expected = full.subarray(b * size, (b + 1) * size);
      expect(relativeError(alone, expected)).toBeLessThan(1e-5);
    }
  });

  test('stay as they are while others are read', async () => {
    const first = await embedder.encode([long[0]!]);
    const before = await embedder.embedCached(first, queries);
    await embedder.encode([long[2]!]);
    expect(await embedder.embedCached(first, queries)).toEqual(before);
  });
});

test('the decoder is in one program, the user encoder in another', async () => {
  const own = createOnnxEngine({ threads: 1 });
  const embedder = await createEmbedder(own, {
    config,
    parameters: drawnParameters(config),
    collate,
  });
  await embedder.embed(users, queries);
  expect((await own.liveCounts()).programs).toBe(2);
  await embedder[Symbol.asyncDispose]();
  expect((await own.liveCounts()).programs).toBe(0);
  await own[Symbol.asyncDispose]();
});

describe('embedder', async () => {
  const embedder = await embedderOf(config);
  const full = await embedder.embed(users, queries);

  test('many queries in one call equal one call each', async () => {
    const rows = rowsOf(full);
    for (const [k, query] of queries.entries()) {
      const single = rowsOf(await embedder.embed(users, [query]));
      for (const b of users.keys()) {
        expect(relativeError(single[b]!, rows[b * queries.length + k]!)).toBeLessThan(1e-5);
      }
    }
  });

  test('rows have length 1, and differ by user and query', () => {
    const rows = rowsOf(full);
    for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    expect(relativeError(rows[0]!, rows[2]!)).toBeGreaterThan(1e-3);
    expect(relativeError(rows[0]!, rows[queries.length]!)).toBeGreaterThan(1e-3);
  });

  test('results stand in the order of users, however they are batched', async () => {
    await using small = await embedderOf(config, { batchUsers: 2 });
    expect(relativeError(await small.embed(users, queries), full)).toBeLessThan(1e-5);
    const reversed = rowsOf(await embedder.embed(users.toReversed(), ['travel']));
    const straight = rowsOf(await embedder.embed(users, ['travel']));
    for (const [b, row] of straight.entries()) {
      expect(relativeError(reversed[users.length - 1 - b]!, row)).toBeLessThan(1e-5);
    }
  });

  test('the same call gives the same bits', async () => {
    expect(await embedder.embed(users, queries)).toEqual(full);
  });

  test('it is the anchor of training, at length 1', async () => {
    const examples = drawnExamples(3, 3, 1);
    const run = await createLossRunner(engine);
    const { anchors } = await run(examples);
    for (const [b, { profile, pairs }] of examples.entries()) {
      const anchor = rowsOf(anchors.data as Float32Array)[b]!;
      const length = Math.hypot(...anchor);
      const expected = anchor.map((value) => value / length);
      const actual = await embedder.embed([profile], [pairs[0]!.query]);
      expect(relativeError(actual, expected)).toBeLessThan(1e-5);
    }
  });
});

describe('text cache', async () => {
  const plain = await embedderOf(config);
  const expected = await plain.embed(users, queries);

  test('cached embeddings equal those made in place; a second call has only hits', async () => {
    await using embedder = await embedderOf(config, { textCache: true });
    const first = await embedder.embed(users, queries);
    expect(relativeError(first, expected)).toBeLessThan(1e-6);
    const { misses, hits, entries } = embedder.textCounts!;
    expect(hits).toBe(0);
    expect(entries).toBe(misses);
    expect(misses).toBeGreaterThan(20);

    const second = await embedder.embed(users, queries);
    expect(second).toEqual(first);
    expect(embedder.textCounts).toEqual({ hits: misses, misses, entries });
  });

  test('a text seen under another cap is another one', async () => {
    // 'bill' keeps three tokens of a text, 'spm' two.
    const text = 'coffee rent tram ticket';
    const user = drawnProfile(createRandom(1), 'u', 0);
    const event = { timeDays: 50, text };
    const both = { ...user, events: { bill: [event], spm: [event, event] } };
    await using embedder = await embedderOf(config, { textCache: true });
    const cached = await embedder.embed([both], ['travel']);
    expect(relativeError(cached, await plain.embed([both], ['travel']))).toBeLessThan(1e-6);
    expect(embedder.textCounts!.misses).toBe(2);
  });

  test('a cache too small for a batch is slower, not wrong', async () => {
    await using embedder = await embedderOf(config, { textCache: { maxEntries: 2 } });
    for (let i = 0; i < 2; i++) {
      expect(relativeError(await embedder.embed(users, queries), expected)).toBeLessThan(1e-6);
    }
    expect(embedder.textCounts!.entries).toBe(2);
  });

  test('without one there are no counts', () => {
    expect(plain.textCounts).toBeUndefined();
  });

  test('users without any event', async () => {
    const nobody = { userId: 'n', referenceDays: 100, events: {}, tabular: {} };
    await using embedder = await embedderOf(config, { textCache: true });
    const cached = await embedder.embed([nobody], ['travel']);
    expect(relativeError(cached, await plain.embed([nobody], ['travel']))).toBeLessThan(1e-6);
  });
});

describe('mistakes', async () => {
  const embedder = await embedderOf(config);

  test('no users, no queries', async () => {
    await expect(embedder.embed([], ['travel'])).rejects.toThrow(InputError);
    await expect(embedder.embed(users, [])).rejects.toThrow(InputError);
    await expect(embedder.encode([])).rejects.toThrow(InputError);
    const cache = await embedder.encode(users);
    await expect(embedder.embedCached(cache, [])).rejects.toThrow(InputError);
    await expect(embedder.embedAsked(cache, [[{ query: '' }]])).rejects.toThrow(
      /at least one for each of 5 users, found lists of 1/,
    );
  });

  test('soft prompts of another width, or before several queries', async () => {
    const cache = await embedder.encode(users);
    const prompts = (...shape: readonly number[]): CachedQueryOptions => ({
      prompts: {
        dtype: 'float32',
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
      },
    });
    const { width } = config.decoder;
    await expect(embedder.embedCached(cache, ['travel'], prompts(2, 3))).rejects.toThrow(
      ShapeError,
    );
    await expect(embedder.embedCached(cache, ['news', ''], prompts(2, width))).rejects.toThrow(
      /soft prompts: expected one, found 2/,
    );
    await expect(embedder.embedCached(cache, ['news'], prompts(2, width))).resolves.toBeDefined();
    await expect(
      embedder.embedAsked(
        cache,
        users.map(() => [{ query: 'news', ...prompts(2, 3) }]),
      ),
    ).rejects.toThrow(ShapeError);
    // Prompts take positions, too.
    await expect(embedder.embedCached(cache, ['news'], prompts(128, width))).rejects.toThrow(
      /at most 128 tokens/,
    );
  });

  const words = (count: number): string => Array(count).fill('news').join(' ');

  test('a query longer than those of training is not cut, but refused', async () => {
    const cache = await embedder.encode(users);
    const message = /query "news news.*\.\.\.": expected at most 48 tokens.*found 49/;
    await expect(embedder.embed(users, ['travel', words(49)])).rejects.toThrow(message);
    await expect(embedder.embedCached(cache, ['travel', words(49)])).rejects.toThrow(message);
    await expect(embedder.embed(users, [words(48)])).resolves.toBeDefined();
    await expect(embedder.embedCached(cache, [words(48)])).resolves.toBeDefined();
  });

  test('the limit is the model’s own', async () => {
    await using strict = await embedderOf({ ...config, maxQueryTokens: 2 });
    await expect(strict.embed(users, ['pay rent often'])).rejects.toThrow(/at most 2 tokens/);
    const rows = await strict.embed(users, ['pay rent']);
    expect(relativeError(rows, await embedder.embed(users, ['pay rent']))).toBeLessThan(1e-5);
  });

  test('a query longer than the decoder has positions', async () => {
    const of = { ...config, maxQueryTokens: 200 };
    await using wide = await embedderOf(of);
    await expect(wide.embed(users, [words(128)])).rejects.toThrow(/at most 128 tokens/);
    const cache = await wide.encode(users);
    await expect(wide.embedCached(cache, [words(128)])).rejects.toThrow(/at most 128 tokens/);
  });
});

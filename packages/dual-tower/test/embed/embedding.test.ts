import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import {
  createEmbedder,
  createPrefixEncoder,
  createQueryRunner,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import {
  collate,
  config,
  createLossRunner,
  drawnExamples,
  drawnParameters,
  drawnProfile,
  loraConfig,
  qwen3Config,
  relativeError,
  tokenizer,
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

const embedderOf = (of: DualTowerConfig, options: object = {}) =>
  createEmbedder(engine, { config: of, parameters: drawnParameters(of), collate, ...options });

describe.each([
  ['qwen2', config],
  ['qwen3', qwen3Config],
  ['with adapters', loraConfig],
])('%s', async (_, of) => {
  const parameters = drawnParameters(of);
  const embedder = await embedderOf(of);
  const encoder = await createPrefixEncoder(engine, { config: of, parameters, collate });
  const runner = await createQueryRunner(engine, { config: of, parameters, tokenizer });
  const full = await embedder.embed(users, queries);

  test('a cached prefix plus queries equals the full sequence', async () => {
    const cached = await runner.embed(await encoder.encode(users), queries);
    expect(runner.dimensions).toBe(dimensions);
    expect(relativeError(cached, full)).toBeLessThan(1e-5);
  });

  test('ten queries packed on one cached prefix equal ten single ones', async () => {
    for (const user of users) {
      const cache = await encoder.encode([user]);
      const packed = rowsOf(await runner.embed(cache, queries));
      for (const [k, query] of queries.entries()) {
        const single = await runner.embed(cache, [query]);
        expect(relativeError(packed[k]!, single)).toBeLessThan(1e-5);
      }
    }
  });

  test('a batch of users equals single users, cached and not', async () => {
    const size = queries.length * dimensions;
    for (const [b, user] of users.entries()) {
      const expected = full.subarray(b * size, (b + 1) * size);
      expect(relativeError(await embedder.embed([user], queries), expected)).toBeLessThan(1e-5);
      const alone = await runner.embed(await encoder.encode([user]), queries);
      expect(relativeError(alone, expected)).toBeLessThan(1e-5);
    }
  });
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
  const parameters = drawnParameters(config);
  const encoder = await createPrefixEncoder(engine, { config, parameters, collate });
  const runner = await createQueryRunner(engine, { config, parameters, tokenizer });

  test('no users, no queries', async () => {
    await expect(embedder.embed([], ['travel'])).rejects.toThrow(InputError);
    await expect(embedder.embed(users, [])).rejects.toThrow(InputError);
    await expect(encoder.encode([])).rejects.toThrow(InputError);
    await expect(runner.embed(await encoder.encode(users), [])).rejects.toThrow(InputError);
  });

  const words = (count: number): string => Array(count).fill('news').join(' ');

  test('a query longer than those of training is not cut, but refused', async () => {
    const cache = await encoder.encode(users);
    const message = /query "news news.*\.\.\.": expected at most 48 tokens.*found 49/;
    await expect(embedder.embed(users, ['travel', words(49)])).rejects.toThrow(message);
    await expect(runner.embed(cache, ['travel', words(49)])).rejects.toThrow(message);
    await expect(embedder.embed(users, [words(48)])).resolves.toBeDefined();
    await expect(runner.embed(cache, [words(48)])).resolves.toBeDefined();
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
    await using wideRunner = await createQueryRunner(engine, { config: of, parameters, tokenizer });
    const cache = await encoder.encode(users);
    await expect(wideRunner.embed(cache, [words(128)])).rejects.toThrow(/at most 128 tokens/);
  });
});

import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import {
  createAnswerer,
  createEmbedder,
  endOfText,
  logProbability,
  type AnswerOptions,
  type DualTowerModel,
} from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import { relativeError } from '../fixtures.js';
import { profiles, queries } from '../checkpoint/tiny-model.js';
import { asking } from '../support/asking.js';
import { createFullReader, queryIdsOf, spreadModel, watchedEngine } from './support.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const [profile, other] = [profiles[0]!, profiles[1]!];
const query = queries[1]!;
// More tokens than a chunk of the cache has room for.
const maxTokens = 45;

const collected = async (pieces: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
};

describe.each([
  ['qwen2', {}],
  ['qwen3', { architecture: 'qwen3', attentionBias: false, tiedEmbeddings: true } as const],
  ['with questions in their token', {}, asking],
])('%s', async (_, changes, changed = (same: DualTowerModel) => same) => {
  const model = changed(spreadModel(changes));
  const { tokenizer } = model.collate;
  const watched = watchedEngine(engine);
  const answerer = await createAnswerer(watched.engine, model);
  const full = await createFullReader(engine, model);
  const forbidden = new Set(
    tokenizer.specialTokens
      .filter((token) => token !== endOfText)
      .map((token) => tokenizer.specialId(token)),
  );

  test('each token is the one that reading everything again gives', async () => {
    const { tokenIds, stopReason } = await answerer
      .answer(profile, query, { maxTokens })
      .finished();
    const sequence = queryIdsOf(model, query);
    const expected: number[] = [];
    while (expected.length < tokenIds.length) {
      const logits = (await full(profile, sequence)).at(-1)!;
      const order = [...logits.keys()].toSorted((a, b) => logits[b]! - logits[a]! || a - b);
      const id = order.find((one) => !forbidden.has(one))!;
      expected.push(id);
      sequence.push(id);
    }
    expect(tokenIds).toEqual(expected);
    expect([stopReason, tokenIds.length]).toEqual(['maxTokens', maxTokens]);
  });

  test.each<AnswerOptions>([{}, { temperature: 1.5, seed: 3 }, { repetitionPenalty: 1.5 }])(
    'logits are those of the whole sequence: %j',
    async (options) => {
      watched.logits.length = 0;
      const answer = answerer.answer(profile, query, { maxTokens, ...options });
      const { tokenIds, meanLogProbability } = await answer.finished();
      const sequence = queryIdsOf(model, query);
      const rows = (await full(profile, [...sequence, ...tokenIds])).slice(sequence.length - 1);
      expect(watched.logits.length).toBeGreaterThan(30);
      for (const [i, logits] of watched.logits.entries()) {
        expect(relativeError(logits, rows[i]!)).toBeLessThan(1e-5);
      }
      const endId = tokenizer.specialId(endOfText);
      const chosen = watched.logits.map((_logits, i) => tokenIds[i] ?? endId);
      const sum = chosen.reduce((total, id, i) => total + logProbability(rows[i]!, id), 0);
      expect(meanLogProbability).toBeCloseTo(sum / chosen.length, 5);
    },
  );

  test('a prefix encoded once serves many queries; it goes to the engine once in an answer', async () => {
    const prefix = await answerer.encode(profile);
    for (const text of ['paid?', query, 'home > search']) {
      const expected = await answerer.answer(profile, text, { maxTokens: 6 }).finished();
      watched.feeds.length = 0;
      watched.states.length = 0;
      expect(await answerer.answer(prefix, text, { maxTokens: 6 }).finished()).toEqual(expected);
      expect(watched.states.map((state) => state['prefix.1.keys'])).toEqual([
        prefix.layers[1]!.keys,
      ]);
      expect(watched.feeds.length).toBe(6);
      for (const feeds of watched.feeds) {
        expect(Object.keys(feeds).filter((name) => name.startsWith('prefix'))).toEqual([]);
      }
      // After the query each run reads one token.
      const counts = watched.feeds.map((feeds) => feeds['queries.tokens']!.shape[1]);
      expect(counts).toEqual([queryIdsOf(model, text).length, 1, 1, 1, 1, 1]);
    }
  });

  test('special tokens and rows that are no token never come', async () => {
    const options = { temperature: 50, maxTokens: 100, seed: 1 };
    let count = 0;
    for (let seed = 0; seed < 8; seed++) {
      const answer = answerer.answer(other, 'paid?', { ...options, seed });
      const { tokenIds } = await answer.finished();
      count += tokenIds.length;
      for (const id of tokenIds) expect(forbidden.has(id)).toBe(false);
    }
    // Nearly uniform: without a mask some of the ten special tokens would be among them.
    expect(count).toBeGreaterThan(200);
    expect(forbidden.size).toBeGreaterThan(6);
  });
});

describe('answers', async () => {
  const model = spreadModel();
  const answerer = await createAnswerer(engine, model);
  const { tokenizer } = model.collate;

  test('come in pieces that make up the text', async () => {
    const answer = answerer.answer(profile, query, { maxTokens: 30 });
    const pieces = await collected(answer);
    const { text, tokenIds } = await answer.finished();
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(5);
    expect([text, `${text}\uFFFD`]).toContain(tokenizer.decode(tokenIds));
  });

  test('are the same for the same seed, and others for another', async () => {
    const sampled = (seed: number) =>
      answerer.answer(profile, query, { temperature: 1, maxTokens: 20, seed }).finished();
    const first = await sampled(1);
    expect(await sampled(1)).toEqual(first);
    expect((await sampled(2)).tokenIds).not.toEqual(first.tokenIds);
  });

  test('without choice are greedy', async () => {
    const { tokenIds } = await answerer.answer(profile, query, { maxTokens: 15 }).finished();
    for (const options of [{ topK: 1 }, { topP: 1e-6 }, { minP: 1 }]) {
      const sampled = { temperature: 1.3, maxTokens: 15, ...options };
      const found = await answerer.answer(profile, query, sampled).finished();
      expect(found.tokenIds).toEqual(tokenIds);
    }
  });

  test('made at the same time do not mix', async () => {
    const ask = (text: string) => answerer.answer(profile, text, { maxTokens: 12 }).finished();
    const alone = [await ask('paid?'), await ask(query)];
    expect(await Promise.all([ask('paid?'), ask(query)])).toEqual(alone);
  });

  test('depend on user and query', async () => {
    const tokens = async (user: typeof profile, text: string) =>
      (await answerer.answer(user, text, { maxTokens: 20 }).finished()).meanLogProbability;
    const base = await tokens(profile, query);
    expect(await tokens(other, query)).not.toBe(base);
    expect(await tokens(profile, 'paid?')).not.toBe(base);
  });

  test('do not read padding of the prefix', async () => {
    await using embedder = await createEmbedder(engine, model);
    const both = await embedder.encode([other, profile]);
    const pick = ({ shape, data, dtype }: (typeof both.layers)[number]['keys']) => {
      const size = data.length / 2;
      return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(0, size) };
    };
    const [short, long] = both.prefixLengths;
    expect(short).toBeLessThan(long!);
    const padded = {
      prefixLengths: [short!],
      layout: { segments: pick(both.layout.segments), positions: pick(both.layout.positions) },
      layers: both.layers.map(({ keys, values }) => ({ keys: pick(keys), values: pick(values) })),
    };
    const expected = await answerer.answer(other, query, { maxTokens: 20 }).finished();
    const found = await answerer.answer(padded, query, { maxTokens: 20 }).finished();
    expect(found.tokenIds).toEqual(expected.tokenIds);
    expect(found.meanLogProbability).toBeCloseTo(expected.meanLogProbability!, 5);
  });

  test('end with a token that ends them, which is not in the text', async () => {
    const { tokenIds } = await answerer.answer(profile, query, { maxTokens: 10 }).finished();
    const at = tokenIds.findIndex((id, i) => i > 2 && tokenIds.indexOf(id) === i);
    expect(at).toBeGreaterThan(2);
    await using ending = await createAnswerer(engine, { ...model, endIds: [tokenIds[at]!] });
    const ended = await ending.answer(profile, query, { maxTokens: 10 }).finished();
    expect([ended.stopReason, ended.tokenIds]).toEqual(['end', tokenIds.slice(0, at)]);
  });

  test('end where the decoder has no further position', async () => {
    const { prefixLengths } = await answerer.encode(profile);
    const { maxPositions } = model.config.decoder;
    const room = maxPositions - prefixLengths[0]! - queryIdsOf(model, query).length;
    const { tokenIds, stopReason } = await answerer.answer(profile, query).finished();
    // The last token is not read, so it needs no position.
    expect([stopReason, tokenIds.length]).toEqual(['positions', room + 1]);
  });
});

describe('stopping', async () => {
  const answerer = await createAnswerer(engine, spreadModel());

  test('a signal stops between two tokens; what there is stays', async () => {
    const stop = new AbortController();
    const answer = answerer.answer(profile, query, { maxTokens: 30, signal: stop.signal });
    const pieces: string[] = [];
    for await (const piece of answer) {
      pieces.push(piece);
      if (pieces.length === 3) stop.abort();
    }
    const { text, stopReason, tokenIds } = await answer.finished();
    expect([pieces.length, stopReason]).toEqual([3, 'stopped']);
    expect(text).toBe(pieces.join(''));
    expect(tokenIds.length).toBeLessThan(30);
  });

  test('a signal that has aborted lets nothing start', async () => {
    const answer = answerer.answer(profile, query, { signal: AbortSignal.abort() });
    expect(await answer.finished()).toEqual({
      text: '',
      tokenIds: [],
      stopReason: 'stopped',
      meanLogProbability: null,
    });
  });

  test('a reader who leaves ends it', async () => {
    const answer = answerer.answer(profile, query, { maxTokens: 30 });
    for await (const _ of answer) break;
    const { stopReason, tokenIds } = await answer.finished();
    expect(stopReason).toBe('stopped');
    expect(tokenIds.length).toBeLessThan(30);
  });
});

describe('mistakes', async () => {
  const model = spreadModel();
  const answerer = await createAnswerer(engine, model);

  test('settings out of range are told before anything runs', () => {
    expect(() => answerer.answer(profile, query, { topP: 2 })).toThrow(/topP: expected/);
    for (const wrong of [0, 1.5, Number.NaN]) {
      expect(() => answerer.answer(profile, query, { maxTokens: wrong })).toThrow(InputError);
    }
  });

  test('several users in one cache', async () => {
    await using embedder = await createEmbedder(engine, model);
    const both = await embedder.encode(profiles);
    expect(() => answerer.answer(both, query)).toThrow(/prefix of one user, found 2 users/);
  });

  test('a query longer than those of training, or than the decoder has positions', async () => {
    const long = 'a 1 b 2 '.repeat(40);
    expect(() => answerer.answer(profile, long)).toThrow(/at most 48 tokens/);
    const of = { ...model, config: { ...model.config, maxQueryTokens: 400 } };
    await using wide = await createAnswerer(engine, of);
    await expect(wide.answer(profile, long).finished()).rejects.toThrow(/at most 128 tokens/);
  });
});

test('nothing is left of answers that ended, and of the answerer that is disposed of', async () => {
  const before = await engine.liveCounts();
  const answerer = await createAnswerer(engine, spreadModel());
  await answerer.answer(profile, query, { maxTokens: 2 }).finished();
  for await (const _ of answerer.answer(profile, query, { maxTokens: 20 })) break;
  const { states, stateBytes, programs } = await engine.liveCounts();
  // One for the user encoder, one for prefixes, queries and answers.
  expect(programs - before.programs).toBe(2);
  expect({ states, stateBytes }).toEqual({ states: before.states, stateBytes: before.stateBytes });
  await answerer[Symbol.asyncDispose]();
  expect(await engine.liveCounts()).toEqual(before);
});

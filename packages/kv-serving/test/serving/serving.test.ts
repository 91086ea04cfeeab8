import { createOnnxEngine } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { createEmbedder, meanEmbedding } from '@q-anchor/dual-tower';
import {
  createServing,
  OverloadedError,
  UnknownUserError,
  type ServedRun,
  type Serving,
  type ServingOptions,
} from '@q-anchor/kv-serving';
import { createTunedEmbedder } from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import {
  adaptedScenario,
  drawnProfiles,
  keyedModel,
  queries,
  relativeError,
  tunedScenario,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = keyedModel();
const { output: dimensions } = model.config.head;
const profiles = drawnProfiles(2, 12);
const plain = await createEmbedder(engine, model);
const tuned = await createTunedEmbedder(engine, model);
const scenarios = [
  await tunedScenario(engine, { model, name: 'takeout', seed: 1 }),
  await tunedScenario(engine, { model, name: 'rent', seed: 2 }),
];
const adapted = await adaptedScenario(engine, { model, name: 'adapted', seed: 3 });
const expected = await Promise.all(profiles.map((profile) => plain.embed([profile], queries)));

const serve = (options: Partial<ServingOptions> = {}): Promise<Serving> =>
  createServing(engine, { model, scenarios, nowDays: () => 30, ...options });
const served = async (options: Partial<ServingOptions> = {}): Promise<Serving> => {
  const serving = await serve(options);
  for (const profile of profiles) serving.putUser(profile);
  return serving;
};
const rowsOf = (data: Float32Array): Float32Array[] =>
  Array.from({ length: data.length / dimensions }, (_, i) =>
    data.slice(i * dimensions, (i + 1) * dimensions),
  );

describe('embeddings', () => {
  test('cached equal uncached, one equals many, and a batch of users single ones', async () => {
    await using serving = await served();
    for (const turn of ['read', 'cached', 'cached again']) {
      const answers = await Promise.all(
        profiles.map(({ userId }) => serving.embed({ user: userId, queries })),
      );
      for (const [i, { embeddings, usage }] of answers.entries()) {
        expect(relativeError(embeddings, expected[i]!)).toBeLessThan(1e-5);
        expect(usage.cachedTokens).toBe(turn === 'read' ? 0 : usage.prefixTokens);
      }
    }
    // Far fewer runs than requests.
    expect(serving.counts.requests.runs).toBeLessThan(20);
    expect(serving.counts.requests.parts).toBe(36);
    for (const [i, { userId }] of profiles.entries()) {
      for (const [k, query] of queries.entries()) {
        const { embeddings } = await serving.embed({ user: userId, queries: [query] });
        expect(relativeError(embeddings, rowsOf(expected[i]!)[k]!)).toBeLessThan(1e-5);
      }
    }
  });

  test("a scenario's own questions, asked with its prompts or adapters, give its embedding", async () => {
    await using serving = await served({ scenarios: [...scenarios, adapted] });
    expect([...scenarios, adapted].map(({ queries: own }) => own.length)).toContain(2);
    for (const { scenario, queries: asked } of [...scenarios, adapted]) {
      const { embeddings } = await serving.embed({ user: 'u1', queries: [...asked, ''], scenario });
      const { scores } = await serving.score({ user: 'u1', scenarios: [scenario] });
      const own = embeddings.subarray(0, asked.length * serving.dimensions);
      const other = embeddings.subarray(asked.length * serving.dimensions);
      const { embedding } = scores[0]!;
      expect(relativeError(meanEmbedding(own, serving.dimensions), embedding)).toBeLessThan(1e-5);
      expect(relativeError(other, embedding)).toBeGreaterThan(1e-3);
    }
    const unknown = { user: 'u1', queries: [''], scenario: 'unheard' };
    await expect(serving.embed(unknown)).rejects.toThrow(/unheard/);
  });

  test('each run is told of', async () => {
    const runs: ServedRun[] = [];
    await using serving = await served({ onRun: (run) => runs.push(run) });
    await Promise.all(
      ['u1', 'u1'].map((user) => serving.embed({ user, queries: ['', 'paid the rent'] })),
    );
    expect(runs).toEqual([{ parts: 2, prefixes: 1, queries: 4, seconds: expect.any(Number) }]);
  });

  test('more queries than a run has tokens are cut, and read the prefix once', async () => {
    await using serving = await served({ maxRunTokens: 40, maxCacheBytes: 0 });
    const many = Array.from({ length: 25 }, (_, i) => queries[i % 3]!);
    const { embeddings, usage } = await serving.embed({ user: 'u0', queries: many });
    for (const [i, row] of rowsOf(embeddings).entries()) {
      expect(relativeError(row, rowsOf(expected[0]!)[i % 3]!)).toBeLessThan(1e-5);
    }
    expect(usage.cachedTokens).toBe(0);
    expect(serving.counts.requests.runs).toBeGreaterThan(3);
    expect(serving.counts.prefixes).toMatchObject({ misses: 1, refused: 1, bytes: 0 });
  });

  test('half floats: close to f32, the same whether kept or just read, and half the bytes', async () => {
    await using full = await served();
    await using half = await served({ storage: 'f16' });
    let worst = 0;
    for (const [i, { userId }] of profiles.entries()) {
      await full.embed({ user: userId, queries });
      const first = await half.embed({ user: userId, queries });
      const second = await half.embed({ user: userId, queries });
      expect(second.embeddings).toEqual(first.embeddings);
      worst = Math.max(worst, relativeError(first.embeddings, expected[i]!));
    }
    // The README says so.
    expect(worst).toBeLessThan(2e-3);
    expect(worst).toBeGreaterThan(1e-6);
    const { layers, keyValueHeads, headSize } = model.config.decoder;
    // User, modality, two markers and the events; the user alone where there are none.
    const counts = profiles.map(({ events }) => events['bill']!.length);
    const tokens = counts.reduce((sum, count) => sum + (count > 0 ? 4 + count : 1), 0);
    const numbers = 2 * layers * keyValueHeads * headSize * tokens;
    expect(full.counts.prefixes.bytes).toBe(4 * numbers + 16 * tokens);
    expect(half.counts.prefixes.bytes).toBe(2 * numbers + 16 * tokens);
  });

  test('a day later the same user is older; within a day the prefix serves', async () => {
    let now = 29.2;
    await using serving = await served({ nowDays: () => now });
    const first = await serving.embed({ user: 'u0', queries });
    now = 29.9;
    const second = await serving.embed({ user: 'u0', queries });
    expect([first, second].map(({ referenceDays }) => referenceDays)).toEqual([30, 30]);
    expect(second.usage.cachedTokens).toBeGreaterThan(0);
    now = 30.1;
    const third = await serving.embed({ user: 'u0', queries });
    expect(third).toMatchObject({ referenceDays: 31, usage: { cachedTokens: 0 } });
    const later = await plain.embed([serving.user('u0')], queries);
    expect(relativeError(third.embeddings, later)).toBeLessThan(1e-5);
    expect(relativeError(third.embeddings, first.embeddings)).toBeGreaterThan(1e-5);
  });

  test('without ages another day that sees the same events shares the prefix', async () => {
    const users = { ...model.config.users, timeFeatures: false };
    await using serving = await createServing(engine, {
      model: keyedModel(3, { users }),
      nowDays: () => 30,
    });
    serving.putUser({
      userId: 'a',
      events: { bill: [{ timeDays: 29, text: 'pizza' }] },
      tabular: {},
    });
    await serving.embed({ user: 'a', queries });
    const { usage } = await serving.embed({ user: 'a', queries, referenceDays: 35 });
    expect(usage.cachedTokens).toBe(usage.prefixTokens);
  });
});

describe('scores', () => {
  test('equal those of the model alone, many scenarios at once, adapters too', async () => {
    const all = [...scenarios, adapted];
    await using serving = await served({ scenarios: all });
    const names = ['rent', 'adapted', 'takeout'];
    const direct = await tuned.score(profiles, all);
    for (const turn of [0, 1]) {
      const answers = await Promise.all(
        profiles.map(({ userId }) => serving.score({ user: userId, scenarios: names })),
      );
      for (const [u, { scores, usage }] of answers.entries()) {
        expect(scores.map(({ scenario }) => scenario)).toEqual(names);
        expect(usage.cachedTokens).toBe(turn * usage.prefixTokens);
        for (const { scenario, prototypes, probe, digest } of scores) {
          const s = all.findIndex((one) => one.scenario === scenario);
          expect(digest).toBe(all[s]!.digest);
          for (const by of ['prototypes', 'probe'] as const) {
            const ours = by === 'prototypes' ? prototypes : probe;
            expect(ours.probability).toBeCloseTo(direct[s]![by].probabilities[u]!, 3);
          }
        }
      }
    }
    // A prefix for queries and prompts, one for the adapters.
    expect(serving.counts.prefixes).toMatchObject({ misses: 24, hits: 24, entries: 24 });
  });

  test('reload: new artefacts serve new requests, those that wait are done with the former', async () => {
    await using serving = await served();
    const other = await tunedScenario(engine, { model, name: 'takeout', seed: 5 });
    const before = serving.score({ user: 'u0', scenarios: ['takeout'] });
    await serving.setScenarios([other]);
    expect(serving.scenarios).toEqual(['takeout']);
    expect((await before).scores[0]!.digest).toBe(scenarios[0]!.digest);
    const after = await serving.score({ user: 'u0', scenarios: ['takeout'] });
    expect(after.scores[0]!.digest).toBe(other.digest);
    // The prefix depends on no scenario.
    expect(after.usage.cachedTokens).toBe(after.usage.prefixTokens);
    await expect(serving.score({ user: 'u0', scenarios: ['rent'] })).rejects.toThrow(
      /one of takeout, found "rent"/,
    );
  });
});

describe('users', () => {
  test('are listed, read, and forgotten with their keys and values', async () => {
    await using serving = await served();
    expect(serving.userIds()).toEqual(profiles.map(({ userId }) => userId));
    expect(serving.user('u1').referenceDays).toBe(30);
    await serving.embed({ user: 'u1', queries });
    expect(serving.counts).toMatchObject({ users: 12, prefixes: { entries: 1 } });
    const waiting = serving.embed({ user: 'u2', queries });
    expect(serving.deleteUser('u1')).toBe(true);
    expect(serving.deleteUser('u2')).toBe(true);
    expect(relativeError((await waiting).embeddings, expected[2]!)).toBeLessThan(1e-5);
    // Not kept for a user who is gone meanwhile.
    expect(serving.counts).toMatchObject({ users: 10, prefixes: { entries: 0, bytes: 0 } });
    await expect(serving.embed({ user: 'u1', queries })).rejects.toBeInstanceOf(UnknownUserError);
  });

  test('a request is about the user as of its call', async () => {
    await using serving = await served();
    const before = serving.embed({ user: 'u0', queries });
    serving.appendEvents('u0', { bill: [{ timeDays: 29.5, text: 'takeaway pizza' }] });
    const after = serving.embed({ user: 'u0', queries });
    expect(relativeError((await before).embeddings, expected[0]!)).toBeLessThan(1e-5);
    const now = await plain.embed([serving.user('u0')], queries);
    expect(relativeError((await after).embeddings, now)).toBeLessThan(1e-5);
    expect(relativeError(now, expected[0]!)).toBeGreaterThan(1e-4);
  });

  test('pinned ones stay while others come and go', async () => {
    await using serving = await served({ maxCacheBytes: 6000 });
    serving.pinUser('u0');
    for (const { userId } of profiles) await serving.embed({ user: userId, queries: [''] });
    expect(serving.counts.prefixes.evicted).toBeGreaterThan(0);
    expect(serving.counts.prefixes.bytes).toBeLessThanOrEqual(6000);
    const { usage } = await serving.embed({ user: 'u0', queries: [''] });
    expect(usage.cachedTokens).toBe(usage.prefixTokens);
  });
});

describe('refused', () => {
  test('bad requests', async () => {
    await using serving = await served();
    const tooLong = Array(60).fill('rent').join(' ');
    for (const bad of [
      { user: 'u0', queries: [] },
      { user: 'u0', queries: [tooLong] },
      { user: 'u0', queries, referenceDays: Number.NaN },
    ]) {
      await expect(serving.embed(bad)).rejects.toThrow(InputError);
    }
    await expect(serving.score({ user: 'u0', scenarios: [] })).rejects.toThrow(InputError);
    expect(serving.counts.requests.parts).toBe(0);
  });

  test('more than may wait; a caller’s own limit', async () => {
    await using serving = await served({ maxQueued: 3, maxQueuedPerCaller: 2 });
    const ask = (caller: string) => serving.embed({ user: 'u0', queries, caller });
    const [first, second, third, fourth, fifth] = await Promise.allSettled(
      ['a', 'a', 'a', 'b', 'c'].map(ask),
    );
    const waiting = ['a', 'a'].map(ask);
    // Nothing is spent on a refusal: not even the user is looked for.
    const unknown = serving.embed({ user: 'nobody', queries, caller: 'a' });
    await expect(unknown).rejects.toThrow(OverloadedError);
    await Promise.all(waiting);
    expect([first, second, fourth].map((one) => one!.status)).toEqual(Array(3).fill('fulfilled'));
    for (const refused of [third, fifth]) {
      expect(refused!.status === 'rejected' && OverloadedError.isInstance(refused!.reason)).toBe(
        true,
      );
    }
    await expect(ask('a')).resolves.toBeDefined();
  });

  test('scenarios of other models, without scoring, or twice; the former stay', async () => {
    await using serving = await served();
    const [one] = scenarios;
    const other = { ...one!, model: { ...one!.model, digest: 'other' } };
    await expect(serving.setScenarios([other])).rejects.toThrow(/digest of its model/);
    await expect(serving.setScenarios([{ ...one!, scoring: null }])).rejects.toThrow(/fitScoring/);
    await expect(serving.setScenarios([one!, one!])).rejects.toThrow(/two of its name/);
    const narrow = {
      ...one!,
      prompts: { dtype: 'float32', shape: [1, 3], data: new Float32Array(3) } as const,
    };
    await expect(serving.setScenarios([narrow])).rejects.toThrow(ShapeError);
    await expect(serving.setModel(keyedModel(4), [one!])).rejects.toThrow(/digest of its model/);
    await expect(serving.embed({ user: 'u0', queries })).resolves.toBeDefined();
  });

  test('a model of other dimensions; one whose embeddings are hidden states is served by itself', async () => {
    const hidden = { ...keyedModel(4, { embedding: 'hidden' }), digest: 'hidden' };
    const { width } = hidden.config.decoder;
    expect(width).not.toBe(dimensions);
    await using serving = await served();
    await expect(serving.setModel(hidden)).rejects.toThrow(
      `expected ${dimensions}, as of the model before, found ${width}`,
    );
    const own = await tunedScenario(engine, { model: hidden, name: 'takeout', seed: 1 });
    await using alone = await served({ model: hidden, scenarios: [own] });
    const { embeddings } = await alone.embed({ user: 'u0', queries });
    await using embedder = await createEmbedder(engine, hidden);
    const direct = await embedder.embed([profiles[0]!], queries);
    expect(embeddings).toHaveLength(queries.length * width);
    expect(relativeError(embeddings, direct)).toBeLessThan(1e-5);
    const again = { ...keyedModel(5, { embedding: 'hidden' }), digest: 'again' };
    await expect(alone.setModel(again)).resolves.toBeUndefined();
  });

  test('a model that sees more than is kept, unless more is kept', async () => {
    const users = { ...model.config.users, windowDays: 60 };
    const larger = { ...keyedModel(4, { users }), digest: 'larger' };
    await using serving = await served();
    await expect(serving.setModel(larger)).rejects.toThrow(/windowDays: expected at most 30/);
    await using roomy = await served({ retention: users });
    await expect(roomy.setModel(larger)).resolves.toBeUndefined();
  });

  test.each([{ maxRunTokens: 0 }, { maxCacheBytes: -1 }, { referenceStepDays: 0 }])(
    '%o',
    async (limits) => {
      await expect(serve(limits)).rejects.toThrow(InputError);
    },
  );
});

test('nothing leaks: programs are gone with the serving, after swaps and aborts', async () => {
  const before = await engine.liveCounts();
  {
    await using serving = await served({ scenarios: [adapted] });
    const controller = new AbortController();
    const gone = serving.embed({ user: 'u0', queries, signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    const late = serving.embed({ user: 'u1', queries });
    await serving.setModel(keyedModel(4));
    await serving.setScenarios([]);
    expect(relativeError((await late).embeddings, expected[1]!)).toBeLessThan(1e-5);
  }
  expect(await engine.liveCounts()).toEqual(before);
});

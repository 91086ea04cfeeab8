import { createOnnxEngine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import { afterAll, describe, expect, test } from 'vitest';

import {
  collate,
  config,
  encodedPrefixes,
  event,
  largestDifference,
  parametersOf,
  profile,
  users,
} from '../fixtures.js';
import { slowPrefix } from '../slow-encoder.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

describe('prefixes equal the formulas, worked one user at a time', () => {
  test.each([
    ['as it is', collate],
    ['mean over all modalities', { ...collate, config: { ...config, userMean: 'all' as const } }],
    ['without time', { ...collate, config: { ...config, timeFeatures: false } }],
    ['without values', { ...collate, config: { ...config, valueFeatures: false } }],
    ['without profile', { ...collate, config: { ...config, tabularFeatures: 0 } }],
    ['without header', { ...collate, headerIds: [] }],
    ['without value scales', { ...collate, valueScales: {} }],
  ])('%s', async (_, options) => {
    const parameters = parametersOf(options.config);
    const slow = users.map((user) => slowPrefix(user, { parameters, options }));
    const fast = await encodedPrefixes(engine, users, options);
    expect(largestDifference(fast, slow)).toBeLessThan(2e-6);
  });
});

test('a user alone has the prefix it has beside longer ones', async () => {
  const together = await encodedPrefixes(engine, users);
  for (const [b, user] of users.entries()) {
    const [alone] = await encodedPrefixes(engine, [user]);
    expect(largestDifference(alone, together[b])).toBeLessThan(1e-6);
  }
});

test('the order of users is the order of results', async () => {
  const order = [2, 0, 3, 1];
  const straight = await encodedPrefixes(engine, users);
  const permuted = await encodedPrefixes(
    engine,
    order.map((b) => users[b]!),
  );
  const expected = order.map((b) => straight[b]);
  expect(largestDifference(permuted, expected)).toBeLessThan(1e-6);
});

test('an absent modality has no token: it may as well not be declared', async () => {
  const withoutTabular = { ...config, tabularFeatures: 0 };
  const [declared] = await encodedPrefixes(engine, [users[2]!], {
    ...collate,
    config: withoutTabular,
  });
  // Header, user, modality token, start, one event, end.
  expect(declared).toHaveLength(2 + 1 + 1 + 3);
  const alone = { ...withoutTabular, modalities: [config.modalities[1]!] };
  const parameters = parametersOf(withoutTabular);
  const slow = slowPrefix(users[2]!, { parameters, options: { ...collate, config: alone } });
  expect(largestDifference(declared, slow)).toBeLessThan(2e-6);
});

test('modalities without an event in the whole batch, and users without any event', async () => {
  const batch: UserProfile[] = [
    profile('a', { bill: [event(99, 'rent', 5)] }),
    profile('b', {}),
    profile('c', { bill: [event(100, 'rent'), event(101, 'rent')] }),
  ];
  const [a, b, c] = await encodedPrefixes(engine, batch);
  const parameters = parametersOf(config);
  const slow = batch.map((user) => slowPrefix(user, { parameters, options: collate }));
  expect(largestDifference([a, b, c], slow)).toBeLessThan(2e-6);
  expect(b).toEqual(c);

  const eventsOnly = { ...collate, config: { ...config, tabularFeatures: 0 } };
  const [nobody] = await encodedPrefixes(engine, [profile('b', {})], eventsOnly);
  expect(nobody).toHaveLength(2 + 1);
  expect(nobody!.flat().every(Number.isFinite)).toBe(true);
});

test("another user's events change nothing", async () => {
  const before = await encodedPrefixes(engine, [users[1]!, users[2]!]);
  const changed = profile('sparse', { bill: [event(1, 'gift', 9)], spm: [event(2, 'page')] });
  const after = await encodedPrefixes(engine, [users[1]!, changed]);
  expect(largestDifference(before[0], after[0])).toBeLessThan(1e-6);
});

test('texts may come embedded', async () => {
  const table = parametersOf(config)['encoder.text.embedding.weight']!;
  const caps = Object.fromEntries(config.modalities.map((m) => [m.name, m.maxTokens]));
  const textEmbedding = (text: string, modality: string): Float32Array => {
    const ids = collate.tokenizer.encode(text).slice(0, caps[modality]);
    const sum = new Float32Array(config.eventWidth);
    for (const id of ids) {
      for (const i of sum.keys()) {
        sum[i]! += Number(table.data[id * config.eventWidth + i]) / ids.length;
      }
    }
    return sum;
  };
  const fromTokens = await encodedPrefixes(engine, users);
  const fromEmbeddings = await encodedPrefixes(engine, users, { ...collate, textEmbedding });
  expect(largestDifference(fromEmbeddings, fromTokens)).toBeLessThan(1e-6);
});

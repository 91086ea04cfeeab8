import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError, type UserProfile } from '@q-anchor/core';
import { createEmbedder } from '@q-anchor/dual-tower';
import {
  createRegisteredVectors,
  createServing,
  effectiveReference,
  type ServedEvent,
} from '@q-anchor/kv-serving';
import { afterAll, expect, test } from 'vitest';

import { keyedModel, queries, relativeError, tunedScenario } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = keyedModel();
const { windowDays, modalities } = model.config.users;
const { name, maxEvents } = modalities[0]!;
const scenario = await tunedScenario(engine, { model, name: 'takeout', seed: 1 });
const staleness = { staleDays: 5, stepDays: 1 };

/** A user as the rule says, of all events there ever were. */
const expectedProfile = (
  userId: string,
  { events, nowDays }: { readonly events: readonly ServedEvent[]; readonly nowDays: number },
): UserProfile => {
  const past = events
    .filter(({ timeDays }) => timeDays < Math.ceil(nowDays))
    .toSorted((a, b) => a.timeDays - b.timeDays);
  const referenceDays = effectiveReference(past.at(-1)?.timeDays, { nowDays, ...staleness });
  const seen = past.filter(({ timeDays }) => timeDays >= referenceDays - windowDays);
  return { userId, referenceDays, events: { [name]: seen.slice(-maxEvents) }, tabular: {} };
};

test('day by day, vectors are those of all users embedded anew, and few are', async () => {
  const random = createRandom(8);
  let nowDays = 100;
  await using serving = await createServing(engine, {
    model,
    scenarios: [scenario],
    nowDays: () => nowDays,
    retention: { modalities, windowDays: windowDays + staleness.staleDays },
  });
  await using embedder = await createEmbedder(engine, model);
  const vectors = createRegisteredVectors(serving, {
    model,
    queries,
    scenarios: [scenario],
    ...staleness,
  });
  const events = new Map<string, ServedEvent[]>();
  let ids = 0;
  const happen = (userId: string): void => {
    const event = {
      id: `e${ids++}`,
      timeDays: nowDays - random.uniform(),
      text: random.pick(['takeaway pizza', 'paid the rent', 'pizza']),
      value: random.integer(9),
    };
    const own = events.get(userId);
    if (own) {
      own.push(event);
      serving.appendEvents(userId, { [name]: [event] });
    } else {
      events.set(userId, [event]);
      serving.putUser({ userId, events: { [name]: [event] }, tabular: {} });
    }
  };
  const users = Array.from({ length: 12 }, (_, i) => `u${i}`);
  let embedded = 0;
  for (let day = 0; day < 25; day++) {
    for (const userId of users) if (day === 0 || random.uniform() < 0.15) happen(userId);
    const done = await vectors.refresh();
    expect(done.users).toBe(12);
    if (day > 0) embedded += done.embedded;
    for (const userId of users) {
      const { referenceDays, embeddings, scores } = vectors.lookup(userId)!;
      const profile = expectedProfile(userId, { events: events.get(userId)!, nowDays });
      expect(referenceDays).toBe(profile.referenceDays);
      const anew = await embedder.embed([profile], queries);
      expect(
        relativeError(
          Float32Array.from(queries.flatMap((query) => [...embeddings.get(query)!])),
          anew,
        ),
      ).toBeLessThan(1e-5);
      expect([...scores.keys()]).toEqual(['takeout']);
    }
    nowDays += 1;
  }
  expect(embedded).toBeLessThan(0.45 * 24 * 12);
  const { counts } = serving;
  vectors.lookup('u1');
  expect(serving.counts).toEqual(counts);
});

test('nothing new costs nothing; deleted users are gone at once', async () => {
  await using serving = await createServing(engine, { model, nowDays: () => 30 });
  const event = { timeDays: 29.5, text: 'pizza' };
  for (const userId of ['a', 'b'])
    serving.putUser({ userId, events: { [name]: [event] }, tabular: {} });
  const vectors = createRegisteredVectors(serving, { model, queries: [''] });
  expect(vectors.lookup('a')).toBeUndefined();
  expect(await vectors.refresh()).toMatchObject({ users: 2, embedded: 2, savedShare: 0 });
  expect(await vectors.refresh()).toMatchObject({ users: 2, embedded: 0, savedShare: 1 });
  serving.deleteUser('a');
  expect(vectors.lookup('a')).toBeUndefined();
  expect(await vectors.refresh()).toMatchObject({ users: 1, embedded: 0, removed: 1 });
  serving.putUser({ userId: 'a', events: {}, tabular: {} });
  expect(await vectors.refresh()).toMatchObject({ users: 2, embedded: 1 });
});

test('a stopped refresh keeps what it did', async () => {
  await using serving = await createServing(engine, { model, nowDays: () => 30 });
  const users = ['a', 'b', 'c', 'd'];
  for (const userId of users) serving.putUser({ userId, events: {}, tabular: {} });
  const stop = new AbortController();
  let asked = 0;
  const vectors = createRegisteredVectors(
    {
      ...serving,
      dimensions: serving.dimensions,
      embed: async (request) => {
        asked += 1;
        if (asked === 3) stop.abort(new Error('stopped'));
        return await serving.embed(request);
      },
    },
    { model, queries: [''], concurrentUsers: 1 },
  );
  await expect(vectors.refresh({ signal: stop.signal })).rejects.toThrow('stopped');
  expect(await vectors.refresh()).toMatchObject({ embedded: 2 });
});

test('nothing asked, or no staleness, is refused', async () => {
  await using serving = await createServing(engine, { model });
  expect(() => createRegisteredVectors(serving, { model })).toThrow(InputError);
  expect(() => createRegisteredVectors(serving, { model, queries: [''], staleDays: 0.5 })).toThrow(
    InputError,
  );
});

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, type Random, type UserProfile } from '@q-anchor/core';
import { createEmbedder, type Embedder } from '@q-anchor/dual-tower';
import {
  createServing,
  type KeyedModel,
  type ServedEvent,
  type StoragePrecision,
} from '@q-anchor/kv-serving';
import { adaptedModel, scenarioScores, type LoadedScenario } from '@q-anchor/prompt-tuning';
import { coarseToFine } from '@q-anchor/user-tokens';
import { afterAll, expect, test } from 'vitest';

import { adaptedScenario, keyedModel, queries, relativeError, tunedScenario } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

/** A model, its cache-less embedder, and two versions of its scenarios. */
interface World {
  readonly model: KeyedModel;
  readonly embedder: Embedder;
  readonly scenarios: ReadonlyArray<readonly LoadedScenario[]>;
}

async function worldOf(model: KeyedModel): Promise<World> {
  const tuned = (name: string, seed: number) => tunedScenario(engine, { model, name, seed });
  return {
    model,
    embedder: await createEmbedder(engine, model),
    scenarios: [
      [await tuned('takeout', 1), await adaptedScenario(engine, { model, name: 'own', seed: 3 })],
      [await tuned('takeout', 2), await adaptedScenario(engine, { model, name: 'own', seed: 4 })],
    ],
  };
}

const model = keyedModel(3);
const turned = {
  name: 'turned',
  arrange: (content: Parameters<typeof coarseToFine.arrange>[0]) =>
    [...coarseToFine.arrange(content)].toReversed(),
};
const worlds = [
  await worldOf(model),
  await worldOf(keyedModel(4)),
  // Another layout under the digest of the first: the key must not rest on digests of files alone.
  await worldOf({ ...model, collate: { ...model.collate, layout: turned } }),
];
const adapted = new Map<LoadedScenario, Embedder>();
for (const { model: plain, scenarios } of worlds) {
  for (const scenario of scenarios.flat()) {
    if (!scenario.adapters) continue;
    adapted.set(scenario, await createEmbedder(engine, adaptedModel(plain, scenario.adapters)));
  }
}

/** What a user ought to be: all events that ever came, filtered and sorted anew each time. */
function plainProfile(userId: string, all: readonly ServedEvent[], at: number): UserProfile {
  const unique = [...new Map(all.map((event) => [event.id, event])).values()];
  const bill = unique
    .filter(({ timeDays }) => timeDays < at && timeDays >= at - 30)
    .toSorted((a, b) => a.timeDays - b.timeDays || Number(a.id) - Number(b.id))
    .slice(-8)
    .map(({ timeDays, text }) => ({ timeDays, text }));
  return { userId, referenceDays: at, events: { bill }, tabular: {} };
}

const someEvents = (
  random: Random,
  options: { now: number; nextId: () => number },
): ServedEvent[] =>
  Array.from({ length: 1 + random.integer(4) }, () => {
    const id = options.nextId();
    // Ids in the order of texts, so that ties have one order.
    const text = `${String(id).padStart(4, '0')} ${random.pick(['pizza', 'paid the rent'])}`;
    return { timeDays: Math.floor(options.now - 33 + 35 * random.uniform()), text, id: String(id) };
  });

test.each<[number, StoragePrecision, number]>([
  [1, 'f32', 1e-5],
  [2, 'f32', 1e-5],
  [3, 'f32', 1e-5],
  [4, 'f16', 5e-3],
])(
  'random use equals a model without a cache, seed %i, %s',
  async (seed, storage, tolerance) => {
    const random = createRandom(seed);
    let now = 100;
    let nextId = 0;
    let world = worlds[0]!;
    let scenarios = world.scenarios[0]!;
    const history = new Map<string, ServedEvent[]>();
    const maxCacheBytes = 4000;
    await using serving = await createServing(engine, {
      model: world.model,
      scenarios,
      storage,
      maxCacheBytes,
      cacheTtlSeconds: 43_200,
      nowDays: () => now,
      maxRunTokens: 120,
    });
    const drawn = (): ServedEvent[] => someEvents(random, { now, nextId: () => nextId++ });
    const checked: Promise<void>[] = [];

    const embed = async (user: string): Promise<void> => {
      const asked = queries.slice(random.integer(2));
      const { embedder } = world;
      const profile = plainProfile(user, history.get(user)!, Math.ceil(now));
      const { embeddings } = await serving.embed({ user, queries: asked });
      const direct = await embedder.embed([profile], asked);
      expect(relativeError(embeddings, direct)).toBeLessThan(tolerance);
    };
    const score = async (user: string): Promise<void> => {
      const [all, { embedder }] = [scenarios, world];
      const profile = plainProfile(user, history.get(user)!, Math.ceil(now));
      const { scores } = await serving.score({ user, scenarios: all.map((one) => one.scenario) });
      for (const [s, { embedding, digest, prototypes }] of scores.entries()) {
        const scenario = all[s]!;
        const { query, prompts } = scenario;
        const own = adapted.get(scenario) ?? embedder;
        const direct = await own.embedCached(await own.encode([profile]), [query], { prompts });
        expect(digest).toBe(scenario.digest);
        expect(relativeError(embedding, direct)).toBeLessThan(tolerance);
        const again = scenarioScores(embedding, scenario).prototypes.probabilities[0];
        expect(prototypes.probability).toBe(again);
      }
    };
    const anyUser = (): string | undefined =>
      history.size > 0 ? random.pick([...history.keys()]) : undefined;

    for (let step = 0; step < 500; step++) {
      const act = random.uniform();
      const user = anyUser();
      if (!user || act < 0.1) {
        const userId = `u${random.integer(8)}`;
        const events = drawn();
        history.set(userId, events);
        serving.putUser({ userId, events: { bill: events }, tabular: {} });
      } else if (act < 0.22) {
        const events = [...drawn(), random.pick(history.get(user)!)];
        history.get(user)!.push(...events);
        serving.appendEvents(user, { bill: random.shuffled(events) });
      } else if (act < 0.25) {
        history.delete(user);
        serving.deleteUser(user);
      } else if (act < 0.3) now += 0.7 * random.uniform();
      else if (act < 0.315) serving.pinUser(user);
      else if (act < 0.36) serving.unpinUser(user);
      else if (act < 0.39) {
        await Promise.all(checked.splice(0));
        scenarios = random.pick(world.scenarios);
        await serving.setScenarios(scenarios);
      } else if (act < 0.42) {
        await Promise.all(checked.splice(0));
        world = random.pick(worlds);
        scenarios = random.pick(world.scenarios);
        await serving.setModel(world.model, scenarios);
      } else if (act < 0.47) await Promise.all(checked.splice(0));
      else checked.push(act < 0.75 ? embed(user) : score(user));
      expect(serving.counts.prefixes.bytes).toBeLessThanOrEqual(maxCacheBytes);
    }
    await Promise.all(checked);
    const { hits, evicted, expired } = serving.counts.prefixes;
    expect(hits).toBeGreaterThan(20);
    expect(evicted).toBeGreaterThan(0);
    expect(expired).toBeGreaterThan(0);
  },
  60_000,
);

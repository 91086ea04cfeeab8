import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, type Random, type UserProfile } from '@q-anchor/core';
import { createEmbedder, meanEmbedding, type Embedder } from '@q-anchor/dual-tower';
import {
  createServing,
  openDiskTier,
  openRedisTier,
  type KeyedModel,
  type PrefixTier,
  type ServedEvent,
  type Serving,
  type StoragePrecision,
} from '@q-anchor/kv-serving';
import {
  adaptedModel,
  askedOf,
  scenarioScores,
  type LoadedScenario,
} from '@q-anchor/prompt-tuning';
import { coarseToFine } from '@q-anchor/user-tokens';
import { afterAll, expect, test } from 'vitest';

import { redisObstacle, startRedis } from '../../../core/test/support/redis-server.js';
import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
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
const { tokenizer } = model.collate;
const backwards = {
  ...tokenizer,
  digest: 'backwards',
  encode: (text: string) => [...tokenizer.encode(text)].toReversed(),
};
const worlds = [
  await worldOf(model),
  await worldOf(keyedModel(4)),
  // Another layout, another tokenizer under the digest of the first: the key must not rest on digests of
  // files alone.
  await worldOf({ ...model, collate: { ...model.collate, layout: turned } }),
  await worldOf({ ...model, collate: { ...model.collate, tokenizer: backwards } }),
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

/** Tiers anew, on what is left of the former ones. */
type OpenTiers = () => Promise<readonly PrefixTier[]>;

const noTiers: OpenTiers = async () => [];
/** A folder that soon is full, and where one is a Redis server that is too. */
async function fullTiers(): Promise<{ readonly open: OpenTiers } & AsyncDisposable> {
  const folder = join(await temporaryFolder(), 'cache');
  const redis =
    redisObstacle() === undefined
      ? await startRedis({ args: ['--maxmemory', '2mb', '--maxmemory-policy', 'allkeys-random'] })
      : undefined;
  return {
    open: async () => [
      await openDiskTier({ folder, maxBytes: 30_000, maxPendingBytes: 8000, longestWaitMs: 1 }),
      ...(redis ? [await openRedisTier({ url: redis.url, timeoutMs: 5000 })] : []),
    ],
    [Symbol.asyncDispose]: async () => redis?.[Symbol.asyncDispose](),
  };
}

interface Case {
  readonly seed: number;
  readonly storage: StoragePrecision;
  readonly tolerance: number;
  readonly hasTiers: boolean;
}

test.each<Case>([
  { seed: 1, storage: 'f32', tolerance: 1e-5, hasTiers: false },
  { seed: 2, storage: 'f32', tolerance: 1e-5, hasTiers: true },
  { seed: 3, storage: 'f32', tolerance: 1e-5, hasTiers: true },
  { seed: 4, storage: 'f16', tolerance: 5e-3, hasTiers: true },
  { seed: 5, storage: 'int8', tolerance: 5e-2, hasTiers: true },
])(
  'random use equals a model without a cache: $storage, seed $seed, tiers $hasTiers',
  async ({ seed, storage, tolerance, hasTiers }) => {
    const random = createRandom(seed);
    let now = 100;
    let nextId = 0;
    let world = worlds[0]!;
    let scenarios = world.scenarios[0]!;
    const history = new Map<string, ServedEvent[]>();
    const maxCacheBytes = 4000;
    await using full = hasTiers ? await fullTiers() : undefined;
    let tiers: readonly PrefixTier[] = [];
    const started = async (): Promise<Serving> => {
      tiers = await (full?.open ?? noTiers)();
      const next = await createServing(engine, {
        model: world.model,
        scenarios,
        storage,
        maxCacheBytes,
        tiers,
        cacheTtlSeconds: 43_200,
        nowDays: () => now,
        maxRunTokens: 120,
      });
      for (const [userId, events] of history) {
        next.putUser({ userId, events: { bill: events }, tabular: {} });
      }
      return next;
    };
    const seen = { hits: 0, evicted: 0, expired: 0, restarts: 0 };
    const below = { hits: 0, evicted: 0, expired: 0, errors: 0 };
    const ended = async (): Promise<void> => {
      await serving[Symbol.asyncDispose]();
      for (const tier of tiers) await tier[Symbol.asyncDispose]();
      const { prefixes, tiers: counts } = serving.counts;
      for (const name of ['hits', 'evicted', 'expired'] as const) seen[name] += prefixes[name];
      for (const one of Object.values(counts)) {
        for (const name of ['hits', 'evicted', 'expired', 'errors'] as const) {
          below[name] += one[name];
        }
      }
    };
    let serving = await started();
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
        const asked = [askedOf(scenario)];
        const own = adapted.get(scenario) ?? embedder;
        const [rows] = await own.embedAsked(await own.encode([profile]), asked);
        const direct = meanEmbedding(rows!, own.dimensions);
        expect(digest).toBe(scenario.digest);
        expect(relativeError(embedding, direct)).toBeLessThan(tolerance);
        const again = scenarioScores(embedding, scenario).prototypes.probabilities[0];
        expect(prototypes.probability).toBe(again);
      }
    };
    const anyUser = (): string | undefined =>
      history.size > 0 ? random.pick([...history.keys()]) : undefined;

    try {
      for (let step = 0; step < 500; step++) {
        const act = random.uniform();
        const user = anyUser();
        if (!user || act < 0.1) {
          const userId = `u${random.integer(8)}`;
          const events = drawn();
          history.set(userId, events);
          serving.putUser({ userId, events: { bill: events }, tabular: {} });
        } else if (act < 0.2) {
          const events = [...drawn(), random.pick(history.get(user)!)];
          history.get(user)!.push(...events);
          serving.appendEvents(user, { bill: random.shuffled(events) });
        } else if (act < 0.23) {
          history.delete(user);
          serving.deleteUser(user);
        } else if (act < 0.28) now += 0.7 * random.uniform();
        else if (act < 0.295) serving.pinUser(user);
        else if (act < 0.34) serving.unpinUser(user);
        else if (act < 0.37) {
          await Promise.all(checked.splice(0));
          scenarios = random.pick(world.scenarios);
          await serving.setScenarios(scenarios);
        } else if (act < 0.4) {
          await Promise.all(checked.splice(0));
          world = random.pick(worlds);
          scenarios = random.pick(world.scenarios);
          await serving.setModel(world.model, scenarios);
        } else if (act < 0.43) {
          await Promise.all(checked.splice(0));
          await ended();
          serving = await started();
          seen.restarts++;
        } else if (act < 0.48) await Promise.all(checked.splice(0));
        else checked.push(act < 0.75 ? embed(user) : score(user));
        expect(serving.counts.prefixes.bytes).toBeLessThanOrEqual(maxCacheBytes);
      }
      await Promise.all(checked);
    } finally {
      await ended();
    }
    expect(seen.hits).toBeGreaterThan(20);
    expect(seen.evicted).toBeGreaterThan(0);
    expect(seen.expired).toBeGreaterThan(0);
    expect(seen.restarts).toBeGreaterThan(4);
    expect(below.errors).toBe(0);
    // Where there are tiers they were of use, and full.
    expect(below.hits > 20).toBe(hasTiers);
    expect(below.evicted > 0).toBe(hasTiers);
    expect(below.expired > 0).toBe(hasTiers);
  },
  120_000,
);

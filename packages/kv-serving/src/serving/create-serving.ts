import type { Engine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { embeddingSize, meanEmbedding } from '@q-anchor/dual-tower';
import { askedOf, scenarioScores, type LoadedScenario } from '@q-anchor/prompt-tuning';

import { createPrefixMemory } from '../cache/prefix-memory.js';
import { createTieredPrefixes } from '../cache/tiered-prefixes.js';
import type { PrefixTier } from '../cache/tiers/prefix-tier.js';
import { createScheduler } from '../schedule/scheduler.js';
import type { EventCounts } from '../users/served-event.js';
import { createUserStore } from '../users/user-store.js';
import { checkRetention } from './check-retention.js';
import { createKnownPrefixes } from './known-prefixes.js';
import { runPrefixJobs, type PrefixJob, type PrefixJobResult } from './prefix-job.js';
import type { KeyedModel } from './reader.js';
import { createReferenceClock } from './reference-clock.js';
import { requestParts, type ReaderQuestions } from './request-parts.js';
import type { ServedScenarioScore, TokenUsage, UserRequest } from './requests.js';
import { readersOf, servedModels, type ServedScenario } from './served-models.js';
import type { Serving, ServingOptions } from './serving.js';

/**
 * Compiles a model for serving users.
 *
 * @param engine - where to run; one that stays off the event loop, for a server
 * @param options - model, scenarios, clock, limits
 * @throws {@link InputError} if a limit is out of range, a scenario is another model's, or the model sees
 * more of users than is kept
 */
export async function createServing(engine: Engine, options: ServingOptions): Promise<Serving> {
  const { storage = 'f32', maxRunTokens = 8192, maxQueued = 1024 } = options;
  const { retention = options.model.config.users } = options;
  checkRetention(options.model.config.users, retention);
  const { nowDays, referenceDays } = createReferenceClock({
    nowDays: options.nowDays,
    stepDays: options.referenceStepDays,
  });
  const users = createUserStore({ retention, referenceDays });
  const memory = createPrefixMemory({
    maxBytes: options.maxCacheBytes ?? 2 ** 30,
    ...(options.cacheTtlSeconds !== undefined && { ttlSeconds: options.cacheTtlSeconds }),
    nowDays,
  });
  const tiers = checkedTiers(options.tiers ?? []);
  const cache = createTieredPrefixes({ memory, tiers, nowDays });
  const known = createKnownPrefixes();
  const scheduler = createScheduler<PrefixJob, PrefixJobResult>({
    maxRunTokens,
    maxPaddingShare: options.maxPaddingShare ?? 0.2,
    maxQueued,
    maxQueuedPerCaller: options.maxQueuedPerCaller ?? maxQueued,
    async run(jobs) {
      const start = performance.now();
      const results = await runPrefixJobs(jobs, { cache, storage });
      options.onRun?.({
        parts: jobs.length,
        prefixes: new Set(jobs.map(({ key }) => key)).size,
        queries: jobs.reduce((sum, { asked }) => sum + asked.length, 0),
        seconds: (performance.now() - start) / 1000,
      });
      return results;
    },
  });
  let served = await servedModels(engine, {
    model: options.model,
    scenarios: options.scenarios ?? [],
    storage,
  });
  const { dimensions } = served.base.embedder;
  let changing: Promise<unknown> = Promise.resolve();
  let retired: Promise<unknown> = Promise.resolve();

  /** Changes what is served, one change after the other. */
  const change = async (
    model: () => KeyedModel,
    scenarios: readonly LoadedScenario[],
  ): Promise<void> => {
    const before = changing;
    const replace = async (): Promise<void> => {
      await before;
      const former = served;
      served = await servedModels(engine, { model: model(), scenarios, storage, former });
      const kept = readersOf(served);
      // Not waited for here: what is new serves while requests of the former are still answered.
      const gone = [...readersOf(former)].filter((reader) => !kept.has(reader));
      retired = Promise.all([retired, ...gone.map((reader) => reader.retire())]);
    };
    const changed = replace();
    changing = changed.catch(() => undefined);
    await changed;
  };
  const changedUser = (userId: string, counts: EventCounts): EventCounts => {
    // By its key a former prefix is found no more: it only takes room.
    if (counts.added > 0) memory.drop(userId);
    return counts;
  };

  /** Asks about a user as it is now; rows of the answer by reader, one after the other. */
  const ask = async (
    request: UserRequest,
    questions: readonly ReaderQuestions[],
  ): Promise<{ rows: Float32Array; referenceDays: number; usage: TokenUsage }> => {
    const { user, referenceDays: at = referenceDays(), caller = user, signal, timeoutMs } = request;
    if (!Number.isFinite(at)) {
      throw new InputError({ where: 'referenceDays', expected: 'days', found: `${at}` });
    }
    // Under overload a refusal must cost less than an answer.
    scheduler.admit(caller);
    const seen = questions[0]!.reader.model.config.users;
    const profile = users.profile(user, { referenceDays: at, seen });
    const version = users.version(user);
    const isCurrent = (): boolean => users.version(user) === version;
    const { parts, queryTokens } = requestParts(profile, {
      questions,
      isCurrent,
      version,
      known,
      maxRunTokens,
    });
    const letGo = questions.map(({ reader }) => reader.hold());
    try {
      const results = await scheduler.submit(caller, parts, { signal, timeoutMs });
      const rows = new Float32Array(
        results.reduce((sum, { embeddings }) => sum + embeddings.length, 0),
      );
      let [offset, prefixTokens, cachedTokens] = [0, 0, 0];
      const counted = new Set<string>();
      for (const [i, { embeddings, isCached }] of results.entries()) {
        rows.set(embeddings, offset);
        offset += embeddings.length;
        const { prefix, prefixTokens: tokens } = parts[i]!;
        if (counted.has(prefix)) continue;
        counted.add(prefix);
        prefixTokens += tokens;
        if (isCached) cachedTokens += tokens;
      }
      return { rows, referenceDays: at, usage: { prefixTokens, cachedTokens, queryTokens } };
    } finally {
      for (const release of letGo) release();
    }
  };
  const scenarioNamed = (name: string): ServedScenario => {
    const found = served.scenarios.get(name);
    if (found) return found;
    const expected = `one of ${[...served.scenarios.keys()].join(', ') || 'none: no scenario is loaded'}`;
    throw new InputError({ where: 'scenarios', expected, found: `"${name}"` });
  };

  return {
    dimensions,
    get counts() {
      return {
        users: users.count,
        prefixes: memory.counts,
        tiers: Object.fromEntries(tiers.map(({ name, counts }) => [name, counts])),
        requests: scheduler.counts,
      };
    },
    get scenarios() {
      return [...served.scenarios.keys()];
    },
    putUser(profile) {
      const counts = users.put(profile);
      memory.drop(profile.userId);
      return counts;
    },
    appendEvents: (userId, events) => changedUser(userId, users.append(userId, events)),
    user(userId, { referenceDays: at = referenceDays() } = {}) {
      return users.profile(userId, { referenceDays: at, seen: served.base.model.config.users });
    },
    keptUsers: () => users.kept(),
    restoreUser(user) {
      users.restore(user);
      memory.drop(user.userId);
    },
    userIds: () => users.ids(),
    deleteUser(userId) {
      cache.forget(userId);
      memory.unpin(userId);
      return users.delete(userId);
    },
    pinUser: (userId) => memory.pin(userId),
    unpinUser: (userId) => memory.unpin(userId),
    async embed(request) {
      const { queries, scenario } = request;
      requireSome('queries', queries);
      const named = scenario === undefined ? undefined : scenarioNamed(scenario);
      const asked = queries.map((query) =>
        named ? { query, prompts: named.artefact.prompts } : { query },
      );
      const { rows, ...rest } = await ask(request, [
        { reader: named?.reader ?? served.base, asked },
      ]);
      return { embeddings: rows, ...rest };
    },
    async score(request) {
      requireSome('scenarios', request.scenarios);
      const asked = request.scenarios.map((name) => scenarioNamed(name));
      const readers = [...new Set(asked.map(({ reader }) => reader))];
      const byReader = readers.map((reader) => asked.filter((one) => one.reader === reader));
      const questions = readers.map((reader, r): ReaderQuestions => ({
        reader,
        asked: byReader[r]!.flatMap(({ artefact }) => askedOf(artefact)),
      }));
      const { rows, ...rest } = await ask(request, questions);
      const embeddings = new Map<ServedScenario, Float32Array>();
      let place = 0;
      for (const one of byReader.flat()) {
        const end = place + one.artefact.queries.length;
        const own = rows.subarray(place * dimensions, end * dimensions);
        embeddings.set(one, meanEmbedding(own, dimensions));
        place = end;
      }
      return {
        scores: asked.map((one) => scenarioScore(one.artefact, embeddings.get(one)!)),
        ...rest,
      };
    },
    setScenarios: (scenarios) => change(() => served.base.model, scenarios),
    async setModel(model, scenarios = []) {
      checkRetention(model.config.users, retention);
      const own = embeddingSize(model.config);
      if (own !== dimensions) {
        const found = `${own}`;
        const expected = `${dimensions}, as of the model before`;
        throw new InputError({ where: "the model's dimensions", expected, found });
      }
      await change(() => model, scenarios);
    },
    async [Symbol.asyncDispose]() {
      await scheduler[Symbol.asyncDispose]();
      await changing;
      await Promise.all([retired, ...[...readersOf(served)].map((reader) => reader.retire())]);
    },
  };
}

/** Tiers of distinct names: by them they are told apart in counters. */
function checkedTiers(tiers: readonly PrefixTier[]): readonly PrefixTier[] {
  const names = tiers.map(({ name }) => name);
  if (new Set(names).size === names.length) return tiers;
  throw new InputError({
    where: 'tiers',
    expected: 'distinct names',
    found: names.join(', '),
    fix: 'Name them in their options',
  });
}

function requireSome(where: string, list: readonly unknown[]): void {
  if (Array.isArray(list) && list.length > 0) return;
  throw new InputError({ where, expected: 'a list of at least one', found: 'none' });
}

function scenarioScore(artefact: LoadedScenario, embedding: Float32Array): ServedScenarioScore {
  const { prototypes, probe } = scenarioScores(embedding, artefact);
  const only = ({ scores, probabilities }: typeof probe) => ({
    score: scores[0]!,
    probability: probabilities[0]!,
  });
  const { scenario, digest } = artefact;
  return { scenario, digest, embedding, prototypes: only(prototypes), probe: only(probe) };
}

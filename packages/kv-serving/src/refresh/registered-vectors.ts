import { digestOf, InputError, type UserProfile } from '@q-anchor/core';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';

import { readerDigest } from '../cache/prefix-key.js';
import type { KeyedModel } from '../serving/reader.js';
import type { ServedScenarioScore } from '../serving/requests.js';
import type { Serving } from '../serving/serving.js';
import { UnknownUserError } from '../users/unknown-user-error.js';
import { effectiveReference, checkStaleness, type Staleness } from './effective-reference.js';
import { refreshKey } from './refresh-key.js';

/** What {@link createRegisteredVectors} is given. */
export interface RegisteredVectorsOptions extends Partial<Staleness> {
  /** The model that is served. */
  readonly model: KeyedModel;
  /** Questions whose embeddings are kept. None by default. */
  readonly queries?: readonly string[];
  /** Scenarios whose scores are kept, as they are served. None by default. */
  readonly scenarios?: readonly LoadedScenario[];
  /** Users that are asked about at a time. Default 32. */
  readonly concurrentUsers?: number;
}

/** What is kept of a user. */
export interface RegisteredVectorsOfUser {
  /** The reference time they are as of. */
  readonly referenceDays: number;
  /** Embeddings by query, each `[dimensions]`, length 1. */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
  /** Scores by scenario. */
  readonly scores: ReadonlyMap<string, ServedScenarioScore>;
}

/** What a refresh did. */
export interface VectorRefresh {
  /** Users there are. */
  readonly users: number;
  /** Those who were asked about: they see something else, or were new. */
  readonly embedded: number;
  /** Those who were kept and are no longer there. */
  readonly removed: number;
  /** Share of the users for whom no model ran. */
  readonly savedShare: number;
  /** Seconds it took. */
  readonly seconds: number;
}

/** Vectors of all users for what is asked again and again: looking one up runs no model. */
export interface RegisteredVectors {
  /**
   * Brings all users up to date, those who see the same as before at no cost. One that was cut off has
   * done what it has done: the next goes on from there.
   *
   * @param options - ends it early
   * @throws the signal's reason; {@link OverloadedError} if requests of others fill the queue
   */
  refresh(options?: { readonly signal?: AbortSignal }): Promise<VectorRefresh>;
  /** What the last refresh kept of a user; undefined if it was not there, or was deleted since. */
  lookup(userId: string): RegisteredVectorsOfUser | undefined;
}

interface KeptVectors extends RegisteredVectorsOfUser {
  readonly key: string;
}

/** The caller as which refreshes ask: others take their turns. */
const caller = 'refresh';

/**
 * Keeps embeddings and scores of a serving's users, as of their {@link effectiveReference}; of users whose
 * events came so late that the past can't be told any more, as of the clock.
 *
 * @param serving - the users and the model
 * @param options - what is asked; how far users without new events may lag, 7 days by default. A model or
 * scenario that is exchanged needs another of these
 * @throws {@link InputError} if nothing is asked, or the staleness is none
 * @example
 * ```ts
 * const vectors = createRegisteredVectors(serving, { model, queries: ['Will this user leave?'] });
 * await vectors.refresh(); // every night
 * vectors.lookup('ann')?.embeddings.get('Will this user leave?');
 * ```
 */
export function createRegisteredVectors(
  serving: Pick<Serving, 'user' | 'userIds' | 'embed' | 'score' | 'dimensions'>,
  options: RegisteredVectorsOptions,
): RegisteredVectors {
  const { model, queries = [], scenarios = [], concurrentUsers = 32 } = options;
  const { staleDays = 7, stepDays = 1 } = options;
  checkStaleness({ staleDays, stepDays });
  if (queries.length + scenarios.length === 0) {
    const expected = 'at least one query or scenario';
    throw new InputError({ where: 'registered vectors', expected, found: 'none' });
  }
  const reader = digestOf([
    readerDigest(model, { storage: 'f32' }),
    queries,
    scenarios.map(({ scenario, digest }) => [scenario, digest]),
  ]);
  const names = scenarios.map(({ scenario }) => scenario);
  const kept = new Map<string, KeptVectors>();

  /** A user as of the effective reference time, or of the clock. */
  const profileOf = (userId: string): UserProfile => {
    const now = serving.user(userId);
    const times = Object.values(now.events).flatMap((list) => list.at(-1)?.timeDays ?? []);
    const last = times.length > 0 ? Math.max(...times) : undefined;
    const nowDays = now.referenceDays;
    const referenceDays = effectiveReference(last, { nowDays, staleDays, stepDays });
    if (referenceDays === nowDays) return now;
    try {
      return serving.user(userId, { referenceDays });
    } catch (error) {
      if (!InputError.isInstance(error)) throw error;
      return now;
    }
  };
  /** Whether a user had to be asked about. */
  const refreshUser = async (userId: string, signal: AbortSignal | undefined): Promise<boolean> => {
    const profile = profileOf(userId);
    const { referenceDays } = profile;
    const key = refreshKey(reader, profile, model.config.users);
    if (kept.get(userId)?.key === key) return false;
    const asked = { user: userId, referenceDays, caller, ...(signal && { signal }) };
    // One after the other: the second finds the prefix that the first has read.
    const embedded = queries.length > 0 ? await serving.embed({ ...asked, queries }) : undefined;
    const scored =
      names.length > 0 ? await serving.score({ ...asked, scenarios: names }) : undefined;
    const { dimensions } = serving;
    kept.set(userId, {
      key,
      referenceDays,
      embeddings: new Map(
        queries.map((query, i) => [
          query,
          embedded!.embeddings.slice(i * dimensions, (i + 1) * dimensions),
        ]),
      ),
      scores: new Map((scored?.scores ?? []).map((score) => [score.scenario, score])),
    });
    return true;
  };

  return {
    async refresh({ signal } = {}) {
      const startedAt = performance.now();
      const ids = serving.userIds();
      const waiting = ids.values();
      let embedded = 0;
      const work = async (): Promise<void> => {
        for (const userId of waiting) {
          signal?.throwIfAborted();
          try {
            if (await refreshUser(userId, signal)) embedded += 1;
          } catch (error) {
            // Deleted meanwhile.
            if (!UnknownUserError.isInstance(error)) throw error;
          }
        }
      };
      const workers = Array.from({ length: concurrentUsers }, () => work());
      const failed = (await Promise.allSettled(workers)).find(
        ({ status }) => status === 'rejected',
      );
      if (failed?.status === 'rejected') throw failed.reason;
      const there = new Set(serving.userIds());
      const gone = [...kept.keys()].filter((userId) => !there.has(userId));
      for (const userId of gone) kept.delete(userId);
      const seconds = (performance.now() - startedAt) / 1000;
      return {
        users: ids.length,
        embedded,
        removed: gone.length,
        savedShare: ids.length === 0 ? 1 : 1 - embedded / ids.length,
        seconds,
      };
    },
    lookup(userId) {
      try {
        serving.user(userId);
      } catch {
        return undefined;
      }
      return kept.get(userId);
    },
  };
}

import type { UserProfile } from '@q-anchor/core';
import type { StoragePrecision } from '@q-anchor/dual-tower';
import type { LoadedScenario } from '@q-anchor/prompt-tuning';

import type { PrefixMemoryCounts } from '../cache/prefix-memory.js';
import type { PrefixTier, TierCounts } from '../cache/tiers/prefix-tier.js';
import type { SchedulerCounts } from '../schedule/scheduler.js';
import type { KeptUser } from '../users/kept-user.js';
import type { EventCounts, ServedEvents, ServedProfile } from '../users/served-event.js';
import type { Retention } from '../users/user-store.js';
import type { KeyedModel } from './reader.js';
import type { EmbedAnswer, EmbedRequest, ScoreAnswer, ScoreRequest } from './requests.js';
import type { ServedRun } from './served-run.js';

export type { StoragePrecision };

/** What {@link createServing} is given. */
export interface ServingOptions {
  /** The model, as `loadModel` or `openModel` returns it. */
  readonly model: KeyedModel;
  /** Scenarios tuned on it. None by default. */
  readonly scenarios?: readonly LoadedScenario[];
  /** The time now in days, on the events' axis. Default days since 1970-01-01 by the machine's clock. */
  readonly nowDays?: () => number;
  /** Reference times are whole multiples of so many days. Default 1. */
  readonly referenceStepDays?: number;
  /** What is kept of users: the caps of the model and of those that may follow it. Default the model's. */
  readonly retention?: Retention;
  /** Bytes of keys and values that are kept. Default 1 GiB. */
  readonly maxCacheBytes?: number;
  /** Seconds that they are kept after they were read. Default without end. */
  readonly cacheTtlSeconds?: number;
  /** How they are kept. Default f32: as computed. */
  readonly storage?: StoragePrecision;
  /**
   * Where they are kept behind memory, in the order in which it is looked there: a disk, a server that
   * others share. Whoever opened them disposes of them, after the serving. None by default.
   */
  readonly tiers?: readonly PrefixTier[];
  /** Tokens of a run, padding counted. Default 8192. */
  readonly maxRunTokens?: number;
  /** Share of a run's prefix tokens that may be padding. Default 0.2. */
  readonly maxPaddingShare?: number;
  /** Requests that may wait. Default 1024. */
  readonly maxQueued?: number;
  /** Requests of one caller that may wait. Default as many as of all. */
  readonly maxQueuedPerCaller?: number;
  /** Hears of each run once it is done. */
  readonly onRun?: (run: ServedRun) => void;
}

/** Counters. */
export interface ServingCounts {
  /** Users known. */
  readonly users: number;
  /** The cache of prefixes. */
  readonly prefixes: PrefixMemoryCounts;
  /** The tiers behind it, by name. */
  readonly tiers: Readonly<Record<string, TierCounts>>;
  /** The scheduler. */
  readonly requests: SchedulerCounts;
}

/**
 * Users in memory, embedded and scored on demand.
 *
 * A request is about everything as of its call: events, reference time, model and scenarios. What comes
 * later does not change it, and none of it waits for it. Disposal does what waits, then ends.
 */
export interface Serving extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /** Counters. */
  readonly counts: ServingCounts;
  /** Names of the scenarios. */
  readonly scenarios: readonly string[];
  /**
   * Replaces all that is known of a user.
   *
   * @throws {@link @q-anchor/core#InputError} for a bad id, an unknown modality, an event without time or
   * text, or a column that is neither number, text nor null; nothing is changed then
   */
  putUser(profile: ServedProfile): EventCounts;
  /**
   * Takes events in: late, out of order, or again.
   *
   * @throws {@link UnknownUserError} without the user; {@link @q-anchor/core#InputError} as `putUser`
   */
  appendEvents(userId: string, events: ServedEvents): EventCounts;
  /**
   * A user as a reference time sees it: what the model reads.
   *
   * @throws {@link UnknownUserError} without the user; {@link @q-anchor/core#InputError} if the time is
   * before what is kept
   */
  user(userId: string, options?: { readonly referenceDays?: number }): UserProfile;
  /** All users with all that is kept of them, as they are at the call; made one by one as they are taken. */
  keptUsers(): Iterable<KeptUser>;
  /**
   * Puts a user as `keptUsers` gave it.
   *
   * @throws {@link @q-anchor/core#InputError} as `putUser`
   */
  restoreUser(user: KeptUser): void;
  /** Ids of all users. */
  userIds(): string[];
  /**
   * Forgets a user, keys and values too, those of the tiers a moment later; whether there was one.
   * Requests that wait are still answered.
   */
  deleteUser(userId: string): boolean;
  /** Keeps a user's keys and values from eviction and expiry, as long as the user is not deleted. */
  pinUser(userId: string): void;
  /** Ends {@link Serving.pinUser}. */
  unpinUser(userId: string): void;
  /**
   * Embeddings of a user for queries; all are packed behind one prefix, which is read once and kept. With
   * a scenario they are asked behind its soft prompts, or by its adapters: its own query then gives the
   * embedding that `score` has.
   *
   * @throws {@link UnknownUserError}, {@link @q-anchor/core#InputError} for bad input, an unknown
   * scenario; {@link OverloadedError} if too many wait; {@link DeadlineError} after the timeout; the
   * signal's reason once it is aborted; {@link ClosedError} after disposal began
   */
  embed(request: EmbedRequest): Promise<EmbedAnswer>;
  /**
   * Scores and calibrated probabilities of a user for scenarios; see `scenarioScores` for the formulae.
   * Scenarios tuned by prompts share the user's prefix; each tuned by adapters has one of its own.
   *
   * @throws as {@link Serving.embed}, {@link @q-anchor/core#InputError} also for an unknown scenario
   */
  score(request: ScoreRequest): Promise<ScoreAnswer>;
  /**
   * Replaces all scenarios.
   *
   * @throws {@link @q-anchor/core#InputError} if one is another model's or has no scoring; the former stay
   */
  setScenarios(scenarios: readonly LoadedScenario[]): Promise<void>;
  /**
   * Replaces the model and all scenarios. Both models are in memory until the last request of the former
   * is answered.
   *
   * @throws {@link @q-anchor/core#InputError} as `setScenarios`, and if it sees more than is kept
   */
  setModel(model: KeyedModel, scenarios?: readonly LoadedScenario[]): Promise<void>;
}

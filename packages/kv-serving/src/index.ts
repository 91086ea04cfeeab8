export {
  createPrefixMemory,
  type PrefixMemory,
  type PrefixMemoryCounts,
} from './cache/prefix-memory.js';
export { prefixKey, readerDigest } from './cache/prefix-key.js';
export {
  readablePrefix,
  storedBytes,
  storedPrefix,
  type StoragePrecision,
  type StoredPrefix,
} from './cache/stored-prefix.js';
export {
  openDurableUsers,
  type DurableUsers,
  type DurableUsersCounts,
  type DurableUsersOptions,
} from './journal/durable-users.js';
export { NotDurableError } from './journal/not-durable-error.js';
export type { ChangeableUsers } from './journal/user-change.js';
export { ClosedError } from './schedule/closed-error.js';
export { DeadlineError } from './schedule/deadline-error.js';
export { OverloadedError } from './schedule/overloaded-error.js';
export type { Part, RunLimits } from './schedule/part.js';
export {
  createScheduler,
  type Scheduler,
  type SchedulerCounts,
  type SchedulerOptions,
  type WaitOptions,
} from './schedule/scheduler.js';
export { createServing } from './serving/create-serving.js';
export type { KeyedModel } from './serving/reader.js';
export type {
  EmbedAnswer,
  EmbedRequest,
  ScoreAnswer,
  ScoreRequest,
  ServedScenarioScore,
  ServedScore,
  TokenUsage,
  UserRequest,
} from './serving/requests.js';
export type { ServedRun } from './serving/served-run.js';
export type { Serving, ServingCounts, ServingOptions } from './serving/serving.js';
export type { KeptUser, KeptWindow } from './users/kept-user.js';
export type {
  EventCounts,
  ServedEvent,
  ServedEvents,
  ServedProfile,
} from './users/served-event.js';
export { UnknownUserError } from './users/unknown-user-error.js';
export { createUserStore, type Retention, type UserStore } from './users/user-store.js';

export {
  createPrefixMemory,
  type PrefixMemory,
  type PrefixMemoryCounts,
} from './cache/prefix-memory.js';
export { prefixKey, readerDigest } from './cache/prefix-key.js';
export {
  storageErrors,
  type StorageError,
  type StorageErrorOptions,
} from './cache/storage-errors.js';
export { openDiskTier, type DiskTierOptions } from './cache/tiers/disk-tier.js';
export type {
  DatedPrefix,
  PrefixPlace,
  PrefixTier,
  TierCounts,
  TierOperation,
} from './cache/tiers/prefix-tier.js';
export { openRedisTier, type RedisTierOptions } from './cache/tiers/redis-tier.js';
export {
  openDurableUsers,
  type DurableUsers,
  type DurableUsersCounts,
  type DurableUsersOptions,
} from './journal/durable-users.js';
export { NotDurableError } from './journal/not-durable-error.js';
export type { ChangeableUsers } from './journal/user-change.js';
export {
  checkStaleness,
  effectiveReference,
  type Staleness,
} from './refresh/effective-reference.js';
export {
  openEventEmbeddingFiles,
  type EventEmbeddingFiles,
  type EventEmbeddingFilesOptions,
} from './refresh/event-embedding-files.js';
export { refreshKey } from './refresh/refresh-key.js';
export {
  createRegisteredVectors,
  type RegisteredVectors,
  type RegisteredVectorsOfUser,
  type RegisteredVectorsOptions,
  type VectorRefresh,
} from './refresh/registered-vectors.js';
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
export type {
  Serving,
  ServingCounts,
  ServingOptions,
  StoragePrecision,
} from './serving/serving.js';
export type { KeptUser, KeptWindow } from './users/kept-user.js';
export type {
  EventCounts,
  ServedEvent,
  ServedEvents,
  ServedProfile,
} from './users/served-event.js';
export { UnknownUserError } from './users/unknown-user-error.js';
export { createUserStore, type Retention, type UserStore } from './users/user-store.js';

export {
  createEventEmbeddingCache,
  type EventEmbeddingCache,
  type EventEmbeddingCacheCounts,
  type EventEmbeddingCacheOptions,
} from './cache/event-embedding-cache.js';
export {
  collateUsers,
  type CollateUsersOptions,
  type TextTokenizer,
  type UserBatch,
} from './collate/collate-users.js';
export { keptEvents } from './collate/kept-events.js';
export { tokenBags, type TokenBags } from './collate/token-bags.js';
export {
  checkUserTokensConfig,
  modalityMarkers,
  modalityNames,
  tabularModality,
  timeFeatureCount,
  userEmbeddingToken,
  userSpecialTokens,
  valueFeatureCount,
  type UserTokensConfig,
} from './config.js';
export { adapter } from './encoder/adapter.js';
export {
  hierarchicalTokens,
  type HierarchicalTokens,
  type ModalityEvents,
} from './encoder/hierarchy.js';
export { embedEvents, userInputNames } from './encoder/inputs.js';
export {
  adapterNames,
  encoderNames,
  modalAdapter,
  userAdapter,
  userTokensParameters,
} from './encoder/parameters.js';
export { userPrefix, type UserPrefix } from './encoder/prefix.js';
export {
  fitTabularSchema,
  tabularFeatureCount,
  tabularFeatures,
  type TabularColumn,
  type TabularSchema,
} from './features/tabular-features.js';
export { timeFeatures } from './features/time-features.js';
export {
  fitValueScales,
  valueFeatures,
  type ValueScale,
  type ValueScales,
} from './features/value-scale.js';
export { coarseToFine } from './layout/coarse-to-fine.js';
export type { PrefixContent, PrefixLayout, Slot } from './layout/layout.js';

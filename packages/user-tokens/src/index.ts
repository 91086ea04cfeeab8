export {
  createEventEmbeddingCache,
  type EventEmbeddingCache,
  type EventEmbeddingCacheCounts,
  type EventEmbeddingCacheOptions,
  type EventEmbeddingStore,
} from './cache/event-embedding-cache.js';
export { collateUsers, type CollateUsersOptions, type UserBatch } from './collate/collate-users.js';
export { keptEvents } from './collate/kept-events.js';
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
export { embedEvents, userInputNames, type TextSource } from './encoder/inputs.js';
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
export {
  coarseToFine,
  prefixLayouts,
  withoutModalityTokens,
  withoutSummaryTokens,
  withoutUserToken,
} from './layout/coarse-to-fine.js';
export type { PrefixContent, PrefixLayout, Slot } from './layout/layout.js';
export type { PrefixSlotsOptions } from './layout/prefix-slots.js';
export { prefixTokens, type PrefixToken } from './layout/prefix-tokens.js';
export type {
  BertTextConfig,
  EmbeddingTableConfig,
  TextEncoderConfig,
  TokenBagConfig,
} from './text/config.js';
export { textNames } from './text/names.js';
export type { EventTextEncoder, TextGroup, TextTokenizer } from './text/text-encoder.js';
export { textEncoderOf } from './text/text-encoder-of.js';
export { tokenBags, type TokenBags } from './text/token-bags.js';

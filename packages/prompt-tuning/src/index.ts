export type { PromptedQuery } from './embed/prompted-query.js';
export { storedEmbeddings } from './embed/stored-embeddings.js';
export { createTunedEmbedder, type TunedEmbedder } from './embed/tuned-embedder.js';
export { prototypeLoss, type PrototypeLossInput } from './losses/prototype-loss.js';
export {
  prototypeLikelihoods,
  prototypeScores,
  type PrototypeTable,
} from './losses/prototype-likelihoods.js';
export type { PrototypeRule, Similarity } from './losses/prototype-rule.js';
export { tableOf } from './losses/prototype-table.js';
export { encodePrefixes, type EncodePrefixesOptions } from './prefixes/encode-prefixes.js';
export type { PrefixStore } from './prefixes/prefix-store.js';
export { loadScenario } from './scenario/load-scenario.js';
export { saveScenario } from './scenario/save-scenario.js';
export { scenarioDirectory, tunedScenarios } from './scenario/scenario-files.js';
export {
  modelIdentity,
  type ModelIdentity,
  type PlattCalibration,
  type TunedScenario,
} from './scenario/tuned-scenario.js';
export { classBatches, type ClassBatch } from './tune/class-batches.js';
export { initialPrototypes } from './tune/initial-prototypes.js';
export {
  defaultPromptTuning,
  type ClassBalance,
  type PromptTuningSettings,
} from './tune/settings.js';
export {
  tunePrompt,
  type PromptTuningProgress,
  type PromptTuningResult,
  type TunedPrompt,
  type TunePromptOptions,
  type TuningUsers,
} from './tune/tune-prompt.js';

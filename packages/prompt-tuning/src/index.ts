export { askedOf } from './embed/asked-of.js';
export type { PromptedQueries } from './embed/prompted-queries.js';
export { storedEmbeddings } from './embed/stored-embeddings.js';
export { createTunedEmbedder, type TunedEmbedder } from './embed/tuned-embedder.js';
export { adaptedEmbeddings } from './lora/adapted-embeddings.js';
export { adaptedModel } from './lora/adapted-model.js';
export { encodeUserTokens } from './lora/encode-user-tokens.js';
export { defaultLoraTuning, type LoraTuningSettings } from './lora/settings.js';
export {
  tuneLora,
  type LoraTuningResult,
  type LoraTuningUsers,
  type TuneLoraOptions,
} from './lora/tune-lora.js';
export type { UserTokenStore } from './lora/user-token-store.js';
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
export { loadScenario, type LoadedScenario } from './scenario/load-scenario.js';
export { saveScenario } from './scenario/save-scenario.js';
export { scenarioDirectory, tunedScenarios } from './scenario/scenario-files.js';
export {
  requiredProbabilityAgreement,
  requireScenarioAgreement,
  scenarioAgreement,
  type ProbabilityAgreement,
  type ScenarioAgreement,
} from './scenario/scenario-agreement.js';
export {
  modelIdentity,
  type CarriedScenario,
  type ModelIdentity,
  type TunedScenario,
} from './scenario/tuned-scenario.js';
export type { CalibrationQuality, ChosenCalibration } from './scoring/choose-calibration.js';
export { fitScoring, requireScorable, type FitScoringOptions } from './scoring/fit-scoring.js';
export type { ScenarioProbe, ScoringUsers } from './scoring/scenario-probe.js';
export {
  scenarioScores,
  type ScenarioScores,
  type ScoredScenario,
  type UserScores,
} from './scoring/scenario-scores.js';
export type { ScenarioScoring, ScoreReading, ScoreValidation } from './scoring/scenario-scoring.js';
export { calibratedProbabilities, type ScoreCalibration } from './scoring/score-calibration.js';
export type { ScoreThreshold, ThresholdOptions } from './scoring/score-thresholds.js';
export { classBatches, type ClassBatch } from './tune/class-batches.js';
export { initialPrototypes } from './tune/initial-prototypes.js';
export {
  defaultPromptTuning,
  type ClassBalance,
  type PromptTuningSettings,
  type TuningSettings,
} from './tune/settings.js';
export type { LoopResult } from './tune/tuning-loop.js';
export {
  tunePrompt,
  type PromptTuningProgress,
  type PromptTuningResult,
  type TunedPrompt,
  type TunePromptOptions,
  type TuningUsers,
} from './tune/tune-prompt.js';

export { createAttentionReader, type AttentionReader } from './attention/attention-reader.js';
export {
  attentionShares,
  meanShares,
  type AttentionShares,
  type ModalityShares,
} from './attention/attention-shares.js';
export { eventShares, type EventShare } from './attention/event-shares.js';
export type { AskedQuery, QueryAttention, SeenToken } from './attention/query-attention.js';
export { topEvents, type TopEvent } from './attention/top-events.js';
export { collatePairs, pairInputNames, type CollatePairsOptions } from './batch/collate-pairs.js';
export {
  collateExamples,
  type CollateExamplesOptions,
  type ExampleBatch,
} from './batch/collate-examples.js';
export { baseDigest } from './checkpoint/base-digest.js';
export {
  openBackbone,
  type Backbone,
  type OpenBackboneOptions,
} from './checkpoint/backbone-directory.js';
export {
  loadModel,
  openModel,
  type LoadedModel,
  type OpenedModel,
} from './checkpoint/load-model.js';
export type { DualTowerModel, ModelCollation, ServedModel } from './checkpoint/model.js';
export { modelFormatVersion } from './checkpoint/model-schema.js';
export { loadLatestCheckpoint, saveCheckpoint } from './checkpoint/run-checkpoints.js';
export { saveModel, type SaveModelOptions } from './checkpoint/save-model.js';
export {
  loadTextEncoder,
  type LoadedTextEncoder,
  type LoadTextEncoderOptions,
} from './checkpoint/text-encoder-directory.js';
export { averagedEmbeddings, type AveragedEmbeddingsOptions } from './embed/averaged-embeddings.js';
export {
  createEmbedder,
  type CachedQueryOptions,
  type Embedder,
  type EmbedderOptions,
} from './embed/embedder.js';
export { cachedTexts } from './embed/cached-texts.js';
export { createFrozenTexts } from './embed/frozen-texts.js';
export { meanEmbedding } from './embed/mean-embedding.js';
export { givenFeeds, givenInputs, type GivenTokens } from './embed/given-tokens.js';
export type { LayoutContent } from './embed/past-inputs.js';
export type { PrefixCache } from './embed/prefix-cache.js';
export { joinedPrefixes } from './embed/joined-prefixes.js';
export { createReusedArrays, type BatchArrays } from './embed/reused-arrays.js';
export { singlePrefixes, type KeyValueShape, type SinglePrefix } from './embed/single-prefixes.js';
export {
  readablePrefix,
  storageOf,
  storedBytes,
  storedPrefix,
  type StoragePrecision,
  type StoredPrefix,
} from './embed/stored-prefix.js';
export { weightsOf } from './embed/query-graph.js';
export {
  createUserEncoder,
  type UserEncoder,
  type TextCacheOptions,
  type UserEncoderOptions,
  type UserTokens,
} from './embed/user-encoder.js';
export type { Answer, AnswerOptions, AnswerRecord, StopReason } from './generate/answer.js';
export { createAnswerer, type Answerer } from './generate/answerer.js';
export { decodingOf, type Decoding, type DecodingOptions } from './generate/decoding.js';
export { logProbability, penalised } from './generate/logits.js';
export { createTextStream, type TextStream } from './generate/text-stream.js';
export {
  drawnToken,
  tokenDistribution,
  type TokenDistribution,
} from './generate/token-distribution.js';
export {
  createTextEncoder,
  type TextEncoderProgram,
  type TextEncoderProgramOptions,
} from './embed/text-encoder.js';
export { contrastiveLoss, inBatchAccuracy, type ContrastiveInput } from './losses/contrastive.js';
export { normalised } from './losses/normalised.js';
export { softplus } from './losses/softplus.js';
export { anchoredUsers } from './model/anchored-users.js';
export { prefixFeeds, prefixInputs } from './model/cached-prefix.js';
export { checkPositions } from './model/check-positions.js';
export {
  defaultContrastive,
  type ContrastiveConfig,
  type DualTowerConfig,
} from './model/config.js';
export { embeddingSize, embeddingsFrom, type EmbeddingSource } from './model/embedding.js';
export { headParameters, projectionHead } from './model/head.js';
export { dualTowerInputs } from './model/inputs.js';
export { dualTowerLosses, type DualTowerLosses } from './model/losses.js';
export { withQuestionMeans, type QuestionMeanConfig } from './model/question-mean.js';
export { defaultMaxQueryTokens, queryTokenIds } from './model/query-tokens.js';
export { dualTowerParameters, initialDualTower } from './model/parameters.js';
export { endOfText } from './model/special-tokens.js';
export type { StartValues } from './model/start-values.js';
export { anchorTower, nextTokenLoss, semanticTower, type AnchorTower } from './model/towers.js';
export {
  embeddingAgreement,
  requireAgreement,
  requiredAgreement,
  type EmbeddingAgreement,
} from './precision/agreement.js';
export { mergedModel } from './precision/merged-model.js';
export {
  quantisedPrecision,
  type QuantisedPrecision,
  type WeightPrecision,
} from './precision/precision.js';
export { quantiseModel, type QuantiseModelOptions } from './precision/quantise-model.js';
export {
  batchOrder,
  drawPairs,
  memorySource,
  type ExampleSource,
  type SamplingOptions,
  type TrainingExample,
} from './train/examples.js';
export {
  dualTowerObjective,
  type BatchOptions,
  type TrainingLosses,
  type TrainingObjective,
} from './train/objective.js';
export {
  pretrain,
  type PretrainOptions,
  type PretrainProgress,
  type PretrainResult,
  type PretrainSettings,
  type TrainingCheckpoint,
} from './train/pretrain.js';
export {
  compileSteps,
  defaultOptimiser,
  type OptimiserConfig,
  type StepPrograms,
  type StepReport,
} from './train/step-programs.js';
export { frozenParameters, stepParameters, trainedParameters } from './train/trained-parameters.js';

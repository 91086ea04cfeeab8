export type { PairCounts, SourceCounts } from './dataset/count-pairs.js';
export type { DatabaseLimits } from './dataset/database.js';
export {
  datasetFormatVersion,
  readDatasetInfo,
  type DatasetInfo,
  type LabelCounts,
  type SectionCounts,
  type TabularColumn,
} from './dataset/dataset-info.js';
export type {
  Dataset,
  LabelledReference,
  OpenDatasetOptions,
  SplitReference,
} from './dataset/dataset.js';
export { openDataset } from './dataset/open-dataset.js';
export type { PairsDraft, PairsDraftOptions } from './dataset/pairs-draft.js';
export type { PairSource, UserPair } from './dataset/pairs.js';
export type { BatchOptions } from './dataset/profiles.js';
export type { ReferencePoint } from './dataset/reference-table.js';
export type { ActionsOptions, UserActions } from './dataset/user-actions.js';
export {
  openEmbeddingWriter,
  type EmbeddingRow,
  type EmbeddingWriter,
} from './dataset/write-embeddings.js';
export type { Resumption } from './dataset/resumption.js';
export { nothingSeen, type SeenContent } from './history/seen-content.js';
export {
  openUserHistory,
  type LastEvent,
  type UserHistory,
  type UserRange,
} from './history/user-history.js';
export { readVectorStates, writeVectorStates, type VectorState } from './history/vector-states.js';
export type { ImportProgress } from './import/import-context.js';
export { importManifest, type ImportOptions } from './import/import-manifest.js';
export type {
  FileSource,
  Manifest,
  ManifestModality,
  ManifestScenario,
  ManifestSource,
  PostgresSource,
  SourceFormat,
  SourceOption,
} from './manifest/manifest.js';
export { parseManifest } from './manifest/parse-manifest.js';
export type { ModalityWords } from './future/modality-words.js';
export type { Action } from './future/action.js';
export { aspectWeights, type AspectWeights } from './future/aspect-weights.js';
export { futureAnswers, type FutureOptions } from './future/future-answers.js';
export {
  activityLevel,
  activityLevels,
  amountLevels,
  levelCuts,
  scoreLevels,
  valueLevel,
  type ValueKind,
} from './future/levels.js';
export {
  createFutureScaleFitter,
  fitFutureScale,
  type CategoryScale,
  type FutureSample,
  type FutureScale,
  type FutureScaleFitter,
  type ModalityScale,
  type PeriodScale,
} from './future/scale.js';
export { isOmission } from './future/omission.js';
export { binActions, selectActions, type ActionCell } from './future/selection.js';
export type { StructuredOutput } from './annotate/chat-endpoint.js';
export type { TokenPrices } from './annotate/ledger.js';
export { openLlmAnnotator } from './annotate/llm-annotator.js';
export type { LlmAnnotator, LlmAnnotatorOptions } from './annotate/llm-options.js';
export type { PrivateParts } from './annotate/private-profile.js';
export type { Backoff } from './annotate/retry.js';
export type { AnnotateOptions, Annotator, SkippedTopic } from './uqa/annotator.js';
export {
  createProfileScaleFitter,
  type ProfileScale,
  type ProfileScaleFitter,
} from './uqa/profile-scale.js';
export {
  createTemplateAnnotator,
  type TemplateAnnotator,
  type TemplateAnnotatorOptions,
} from './uqa/template-annotator.js';
export { createTopicIndex, type TopicIndex } from './uqa/topic-index.js';
export {
  createGrounding,
  type GroundingChecker,
  type GroundingOptions,
  type UngroundedParts,
} from './uqa/grounding.js';
export {
  createKeywordScorer,
  withTopicScorer,
  type KeywordScorer,
  type TopicScorer,
} from './uqa/topic-scorer.js';
export {
  lifeTopics,
  parseTopics,
  readTopics,
  structuralTopics,
  type LifeTopic,
} from './uqa/topics.js';
export { buildPairs } from './pairs/build-pairs.js';
export type { BuildPairsOptions, PairsProgress, PairsSummary } from './pairs/pairs-options.js';
export type { PairScales } from './pairs/fit-scales.js';
export type { PairStatistics } from './pairs/pair-statistics.js';
export { simulatedScenarioNames } from './simulate/scenarios/all-scenarios.js';
export { bayesAuc } from './simulate/bayes-auc.js';
export {
  simulateDataset,
  type SimulateOptions,
  type SimulationProgress,
} from './simulate/simulate-dataset.js';
export {
  readSimulationTruth,
  readTrueProbabilities,
  type SimulatedScenarioTruth,
  type SimulationTruth,
} from './simulate/simulation-truth.js';
export { pairsReportHtml } from './quality/pairs-report-html.js';
export type { PairCheck, PairChecks, PairFinding } from './quality/check-pairs.js';
export { pairsReport, type PairsReport, type PairsReportOptions } from './quality/pairs-report.js';
export type { LengthBin, SourceQuality, TopicQuality } from './quality/source-quality.js';

export type { EncoderModel } from './encoders/events-only.js';
export {
  trainEncoder,
  type EncoderObjective,
  type TrainEncoderOptions,
} from './encoders/train-encoder.js';
export { nextEventObjective } from './encoders/next-event-objective.js';
export { staticObjective } from './encoders/static-objective.js';
export {
  boostedTreesScores,
  fitBoostedTrees,
  type BoostedTrees,
  type BoostedTreesFit,
  type FitBoostedTreesOptions,
} from './trees/boosted-trees.js';
export {
  fitBoostedTreesByFolds,
  type BoostedTreesByFoldsOptions,
} from './trees/boosted-trees-by-folds.js';
export { defaultBoostedTrees, type BoostedTreesSettings } from './trees/settings.js';
export type { Tree } from './trees/tree.js';
export { createMeanEvents, type MeanEvents } from './events/mean-events.js';
export {
  fitHandFeatures,
  handFeatures,
  type HandFeatures,
  type ModalityColumns,
} from './features/hand-features.js';
export {
  createTextReader,
  type TextReader,
  type TextReaderOptions,
} from './verbalised/text-reader.js';
export {
  verbalisedProfile,
  type VerbalisedOptions,
  type VerbalisedProfile,
} from './verbalised/verbalised-profile.js';

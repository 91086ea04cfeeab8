export { importManifest, type ImportOptions } from './import/import-manifest.js';
export type { Action } from './future/action.js';
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
  createPeriodScaleFitter,
  fitFutureScale,
  type FutureSample,
  type FutureScale,
  type FutureScaleFitter,
  type ModalityScale,
  type PeriodScale,
  type PeriodScaleFitter,
} from './future/scale.js';
export { binActions, selectActions, type ActionCell } from './future/selection.js';

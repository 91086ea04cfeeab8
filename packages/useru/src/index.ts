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
  fitFutureScale,
  type FutureSample,
  type FutureScale,
  type FutureScaleFitter,
  type HorizonScale,
  type ModalityScale,
} from './future/scale.js';
export { binActions, selectActions, type ActionCell } from './future/selection.js';

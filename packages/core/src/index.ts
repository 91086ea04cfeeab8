export { digestOf, type Digestible } from './digest.js';
export { makeDirectoryAtomic } from './directories.js';
export {
  InputError,
  QAnchorError,
  ShapeError,
  UnavailableError,
  type InputProblem,
} from './errors.js';
export type {
  Modality,
  QueryAnswer,
  Scenario,
  Split,
  TabularValue,
  UserEvent,
  UserProfile,
} from './events.js';
export { writeFileAtomic } from './files.js';
export { createRandom, type Random } from './random.js';

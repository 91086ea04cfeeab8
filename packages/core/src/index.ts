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
export { pathExists, readOptionalText, readText, writeFileAtomic } from './files.js';
export { jsonOf, parsedBy, readJson, readOptionalJson, writeJson, type Schema } from './json.js';
export { isProcessAlive } from './processes.js';
export { createRandom, type Random } from './random.js';

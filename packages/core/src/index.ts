export { digestOf, type Digestible } from './digest.js';
export { makeDirectoryAtomic } from './directories.js';
export {
  InputError,
  QAnchorError,
  ShapeError,
  UnavailableError,
  type InputProblem,
} from './errors.js';
export {
  eventCount,
  type Modality,
  type QueryAnswer,
  type Scenario,
  type Split,
  type TabularValue,
  type UserEvent,
  type UserProfile,
} from './events.js';
export { pathExists, readOptionalText, readText, writeFileAtomic } from './files.js';
export { jsonOf, parsedBy, readJson, readOptionalJson, writeJson, type Schema } from './json.js';
export { isProcessAlive } from './processes.js';
export { createRandom, type Random } from './random.js';

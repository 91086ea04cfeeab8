export { relativeError } from '../../core/test/support/relative-error.js';
export { asking, lora, query, simulatedUsers, tinyModel } from './support/tiny-model.js';

export { relativeError } from '../../core/test/support/relative-error.js';
export { asking } from '../../dual-tower/test/support/asking.js';
export { lora, query, simulatedUsers, tinyModel } from './support/tiny-model.js';

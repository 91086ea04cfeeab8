import type { MissingPanel } from '../model.js';
import type { RunSource } from '../read/run-source.js';

/** A panel that an evaluation would fill. */
export const missingEvaluation = (title: string, { source }: RunSource): MissingPanel => ({
  title,
  reason: 'this run was not evaluated',
  command: `q-anchor evaluate ${source} --data DATASET`,
});

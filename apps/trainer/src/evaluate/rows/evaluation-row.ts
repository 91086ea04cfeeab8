import type { PlacedFeatures } from './placed-features.js';
import type { SolvedRow } from './solve-row.js';

/** A row of the evaluation. */
export interface EvaluationRow extends SolvedRow {
  /** What a probe looked at. */
  readonly features?: PlacedFeatures;
}

import type { Hyperparameters } from './hyperparameters.js';
import { nano } from './nano.js';

/**
 * The published model's training, on a backbone, which decides the decoder's shape: 50,000 steps of
 * 2048 pairs, in 32 batches of 16 users and 4 pairs each. Negatives come from the own batch.
 */
export const release: Hyperparameters = {
  ...nano,
  headHidden: 512,
  steps: 50_000,
  batchUsers: 16,
  microBatches: 32,
  maxAnswerTokens: 200,
  rate: 1e-4,
  warmup: 0.04,
};

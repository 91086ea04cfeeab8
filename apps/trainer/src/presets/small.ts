import type { Hyperparameters } from './hyperparameters.js';
import { nano } from './nano.js';

/** An hour or more on two cores: four layers of width 256. */
export const small: Hyperparameters = {
  ...nano,
  vocabulary: 4096,
  width: 256,
  layers: 4,
  heads: 8,
  kvHeads: 4,
  feedForward: 704,
  eventWidth: 256,
  headHidden: 512,
  steps: 1000,
  rate: 5e-4,
};

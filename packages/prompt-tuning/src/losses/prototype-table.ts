import type { PrototypeTable } from './prototype-likelihoods.js';
import type { TunedPrompt } from '../tune/tune-prompt.js';

/** The prototypes of a tuned prompt, to score embeddings by. */
export const tableOf = ({
  prototypes,
  classes,
  temperature,
}: Pick<TunedPrompt, 'prototypes' | 'classes' | 'temperature'>): PrototypeTable => ({
  values: prototypes.data as Float32Array,
  classes,
  dimensions: prototypes.shape[1]!,
  temperature,
});

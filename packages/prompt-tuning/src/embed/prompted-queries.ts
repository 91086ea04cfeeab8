import type { Adapters } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

/** Questions as a scenario was tuned to ask them; the mean of their embeddings is the scenario's. */
export interface PromptedQueries {
  /** The questions' texts, at least one. */
  readonly queries: readonly string[];
  /** Soft prompts before each, float32 `[prompts, D]`; none where adapters were tuned. */
  readonly prompts: TensorData;
  /** Adapters of the decoder, with which prefix and questions are read: no prefix of the model serves them. */
  readonly adapters?: Adapters;
}

/** The prompts of questions that have none, float32 `[0, D]`. */
export const noPrompts = (width: number): TensorData => ({
  dtype: 'float32',
  shape: [0, width],
  data: new Float32Array(),
});

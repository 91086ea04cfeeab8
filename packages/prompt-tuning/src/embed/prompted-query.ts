import type { Adapters } from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';

/** A query as a scenario was tuned to ask it. */
export interface PromptedQuery {
  /** The query's text. */
  readonly query: string;
  /** Soft prompts before it, float32 `[prompts, D]`; none where adapters were tuned. */
  readonly prompts: TensorData;
  /** Adapters of the decoder, with which prefix and query are read: no prefix of the model serves them. */
  readonly adapters?: Adapters;
}

/** The prompts of a query that has none, float32 `[0, D]`. */
export const noPrompts = (width: number): TensorData => ({
  dtype: 'float32',
  shape: [0, width],
  data: new Float32Array(),
});

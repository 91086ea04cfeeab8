import type { TensorData } from '@q-anchor/graph';

/** A query with soft prompts before it. */
export interface PromptedQuery {
  /** The query's text. */
  readonly query: string;
  /** Soft prompts, float32 `[prompts, D]`, at least one. */
  readonly prompts: TensorData;
}

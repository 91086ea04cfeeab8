import type { Graph, Tensor, TensorData, TokenLayout } from '@q-anchor/graph';

import { noTokens, type LayoutContent } from './past-inputs.js';

/** Tokens that come as embeddings rather than as ids, such as a prefix. */
export interface GivenTokens {
  /** `float32 [batch, tokens, D]`. */
  readonly embeddings: TensorData;
  /** Where they stand. */
  readonly layout: LayoutContent;
}

const names = {
  embeddings: 'given.embeddings',
  segments: 'given.segments',
  positions: 'given.positions',
} as const;

/** Declares given tokens, of width D. */
export function givenInputs(
  graph: Graph,
  width: number,
): { readonly embeddings: Tensor; readonly layout: TokenLayout } {
  return {
    embeddings: graph.input(names.embeddings, ['batch', 'given', width]),
    layout: {
      segments: graph.input(names.segments, ['batch', 'given'], 'int64'),
      positions: graph.input(names.positions, ['batch', 'given'], 'int64'),
    },
  };
}

/** Feeds of the inputs that {@link givenInputs} declares. */
export const givenFeeds = ({ embeddings, layout }: GivenTokens): Record<string, TensorData> => ({
  [names.embeddings]: embeddings,
  [names.segments]: layout.segments,
  [names.positions]: layout.positions,
});

/** No given tokens. */
export const nothingGiven = (batch: number, width: number): GivenTokens => ({
  embeddings: { dtype: 'float32', shape: [batch, 0, width], data: new Float32Array() },
  layout: { segments: noTokens(batch), positions: noTokens(batch) },
});

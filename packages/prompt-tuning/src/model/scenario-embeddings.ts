import type { ParameterLookup } from '@q-anchor/backbone';
import { embeddingsFrom, type DualTowerConfig } from '@q-anchor/dual-tower';
import {
  broadcastTo,
  gather,
  productOf,
  reduceMean,
  reshape,
  type Graph,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import { promptedInputNames } from './prompted-input-names.js';

/**
 * The same tokens for every user, placed as `collatePrompted` says.
 *
 * @param graph - the graph
 * @param tokens - `[asked, D]`
 * @returns embeddings `[batch, asked, D]`, segments and positions
 */
export function askedTokens(
  graph: Graph,
  tokens: Tensor,
): { readonly embeddings: Tensor; readonly layout: TokenLayout } {
  const [asked, width] = [tokens.shape[0]!, tokens.shape[1]!];
  const placed = (name: string): Tensor => graph.input(name, ['batch', asked], 'int64');
  return {
    embeddings: broadcastTo(reshape(tokens, [1, asked, width]), ['batch', asked, width]),
    layout: {
      segments: placed(promptedInputNames.segments),
      positions: placed(promptedInputNames.positions),
    },
  };
}

/**
 * A scenario's embeddings from hidden states: the mean over each user's questions of
 * the model's embedding at `<|user_emb|>`, each at length 1.
 *
 * @param graph - the graph
 * @param options - the model, hidden states `[batch, tokens, D]`, parameters
 * @returns `[batch, dimensions]`, not longer than 1
 */
export function scenarioEmbeddings(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly hidden: Tensor;
    readonly parameters: ParameterLookup;
  },
): Tensor {
  const { hidden } = options;
  const width = hidden.shape[2]!;
  const rows = reshape(hidden, [productOf('batch', hidden.shape[1]!), width]);
  const index = graph.input(promptedInputNames.embeddingIndex, ['batch', 'questions'], 'int64');
  const places = reshape(index, [productOf('batch', 'questions')]);
  const each = embeddingsFrom(gather(rows, places, { isDistinct: true }), options);
  const dimensions = each.shape[1]!;
  return reduceMean(reshape(each, ['batch', 'questions', dimensions]), { axes: [1] });
}

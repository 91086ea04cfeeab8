import { tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import {
  gather,
  productOf,
  reshape,
  type Graph,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import type { DualTowerConfig } from '../model/config.js';
import { embeddingsFrom } from '../model/embedding.js';
import { withQuestionMeans } from '../model/question-mean.js';
import { queryInputNames } from './collate-queries.js';

/** The parameters that a graph has as inputs: no others can be compiled into its program. */
export function weightsOf(graph: Graph, parameters: Weights): Weights {
  const names = new Set(graph.inputs.map((input) => input.name));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}

/** Declares the packed queries' inputs. */
export function queryTokens(
  graph: Graph,
  {
    config,
    parameters,
  }: { readonly config: DualTowerConfig; readonly parameters: ParameterLookup },
): { readonly embeddings: Tensor; readonly layout: TokenLayout } {
  const input = (name: string): Tensor => graph.input(name, ['batch', 'suffix'], 'int64');
  const ids = input(queryInputNames.tokens);
  const layout: TokenLayout = {
    segments: input(queryInputNames.segments),
    positions: input(queryInputNames.positions),
  };
  const { questionMean } = config;
  const tokens = tokenEmbeddings(parameters, ids);
  return { embeddings: withQuestionMeans(tokens, { ids, layout, questionMean }), layout };
}

/** Embeddings at the `<|user_emb|>` tokens, `[users * queries, dimensions]`. */
export function embeddingsAt(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly hidden: Tensor;
    readonly parameters: ParameterLookup;
  },
): Tensor {
  const { hidden } = options;
  const [batch, time, width] = hidden.shape;
  const index = graph.input(queryInputNames.embeddingIndex, ['embeddings'], 'int64');
  const rows = gather(reshape(hidden, [productOf(batch!, time!), width!]), index);
  return embeddingsFrom(rows, options);
}

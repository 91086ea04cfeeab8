import { tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import { withQuestionMeans, type DualTowerConfig } from '@q-anchor/dual-tower';
import {
  arange,
  cast,
  equal,
  greater,
  matmul,
  reshape,
  type Graph,
  type Tensor,
} from '@q-anchor/graph';

import { promptedInputNames } from './prompted-input-names.js';

const row = (x: Tensor): Tensor => reshape(x, [1, 'tokens']);

/**
 * Embeddings of a scenario's questions, the same for all users: those of all tokens one after the other,
 * each question ended by its `<|user_emb|>`, which has its question's mean where the model says so.
 *
 * @param graph - the graph; its input is {@link promptedInputNames}' tokens
 * @param options - model and parameters
 * @returns `[tokens, D]`
 */
export function questionTokens(
  graph: Graph,
  options: { readonly config: DualTowerConfig; readonly parameters: ParameterLookup },
): Tensor {
  const { config, parameters } = options;
  const ids = graph.input(promptedInputNames.tokens, ['tokens'], 'int64');
  const embeddings = tokenEmbeddings(parameters, ids);
  const { questionMean } = config;
  if (!questionMean) return embeddings;
  const { dtype } = embeddings;
  const index = cast(arange(graph, 'tokens'), dtype);
  const end = graph.constant({
    dtype: 'int64',
    shape: [1],
    data: BigInt64Array.of(BigInt(questionMean.userEmbeddingId)),
  });
  const isEnd = cast(equal(ids, end), dtype);
  const isBefore = cast(greater(row(index), reshape(index, ['tokens', 1])), dtype);
  // A token's question is told by how many have ended before it.
  const segments = matmul([row(isEnd), isBefore]);
  const width = config.decoder.width;
  const joined = withQuestionMeans(reshape(embeddings, [1, 'tokens', width]), {
    ids: row(ids),
    layout: { segments, positions: row(index) },
    questionMean,
  });
  return reshape(joined, ['tokens', width]);
}

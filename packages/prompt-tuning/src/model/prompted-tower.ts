import { decoder, tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import { prefixInputs, projectionHead, type DualTowerConfig } from '@q-anchor/dual-tower';
import {
  broadcastTo,
  concat,
  gather,
  productOf,
  reshape,
  type Graph,
  type Tensor,
} from '@q-anchor/graph';

/** Names of the graph inputs that a prompted query feeds; see `collatePrompted`. */
export const promptedInputNames = {
  tokens: 'prompted.tokens',
  segments: 'prompted.segments',
  positions: 'prompted.positions',
  embeddingIndex: 'prompted.embeddingIndex',
} as const;

/**
 * The anchor tower behind a cached prefix, with soft prompt tokens before the query:
 * `[prefix] | prompts, query, <|user_emb|>`. Nothing in the prefix depends on prompts or query.
 *
 * @param graph - the graph; inputs are the prefixes' and {@link promptedInputNames}
 * @param options - model, parameters, prompts `[prompts, D]`
 * @returns one vector a user, `[batch, output]`, not normalised
 */
export function promptedTower(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly prompts: Tensor;
  },
): Tensor {
  const { config, parameters, prompts } = options;
  const width = prompts.shape[1]!;
  const query = tokenEmbeddings(
    parameters,
    graph.input(promptedInputNames.tokens, ['query'], 'int64'),
  );
  const suffix = concat([prompts, query], 0);
  const length = suffix.shape[0]!;
  const placed = (name: string): Tensor => graph.input(name, ['batch', length], 'int64');
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    embeddings: broadcastTo(reshape(suffix, [1, length, width]), ['batch', length, width]),
    layout: {
      segments: placed(promptedInputNames.segments),
      positions: placed(promptedInputNames.positions),
    },
    past: [prefixInputs(graph, config.decoder)],
    ...(config.lora && { lora: config.lora }),
  });
  const rows = reshape(hidden, [productOf('batch', length), width]);
  const index = graph.input(promptedInputNames.embeddingIndex, ['batch'], 'int64');
  return projectionHead(gather(rows, index, { isDistinct: true }), parameters);
}

/** Only parameters that a graph has as inputs can be embedded in it. */
export function frozenWeights(graph: Graph, parameters: Weights): Weights {
  const names = new Set(graph.inputs.map((input) => input.name));
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.has(name)));
}

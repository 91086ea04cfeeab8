import {
  decoder,
  parameterInputs,
  tokenEmbeddings,
  withFormats,
  type DecoderConfig,
  type LayerCache,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import { createGraph, type Graph, type TokenLayout } from '@q-anchor/graph';

/** Inputs that carry a layer's keys and values of tokens that were read before. */
export const cacheNames = (layer: number): { readonly keys: string; readonly values: string } => ({
  keys: `keys${layer}`,
  values: `values${layer}`,
});

/** Outputs that carry a layer's keys and values of the tokens read. */
export const freshNames = (layer: number): { readonly keys: string; readonly values: string } => ({
  keys: `freshKeys${layer}`,
  values: `freshValues${layer}`,
});

function layoutInputs(graph: Graph, prefix: string, tokens: string): TokenLayout {
  return {
    segments: graph.input(`${prefix}Segments`, [1, tokens], 'int64'),
    positions: graph.input(`${prefix}Positions`, [1, tokens], 'int64'),
  };
}

/**
 * A decoder that reads the tokens of one sequence. Inputs: `ids`, or `embeddings` where the table is
 * not among the parameters, and their layout, `ownSegments` and `ownPositions`; with a past, keys and
 * values of its tokens, {@link cacheNames}, and `pastSegments`, `pastPositions`. Outputs: the hidden
 * states, `hidden`, and maybe keys and values of the tokens read, {@link freshNames}.
 *
 * @param config - the decoder's shape
 * @param options - the parameters, their values as far as some are quantised, whether a past was
 *   read before, and whether keys and values are given out
 */
export function readingGraph(
  config: DecoderConfig,
  options: {
    readonly specs: ParameterSpecs;
    readonly weights: Weights;
    readonly hasPast: boolean;
    readonly givesCache: boolean;
  },
): Graph {
  const { specs, weights, hasPast, givesCache } = options;
  const graph = createGraph();
  const parameters = parameterInputs(graph, withFormats(specs, weights));
  const cached = (name: string): LayerCache['keys'] =>
    graph.input(name, [1, config.keyValueHeads, 'past', config.headSize]);
  const layers = Array.from({ length: config.layers }, (_, i) => cacheNames(i));
  const embeddings = Object.hasOwn(specs, 'model.embed_tokens.weight')
    ? tokenEmbeddings(parameters, graph.input('ids', [1, 'time'], 'int64'))
    : graph.input('embeddings', [1, 'time', config.width]);
  const { hidden, cache } = decoder(parameters, {
    config,
    embeddings,
    layout: layoutInputs(graph, 'own', 'time'),
    joinsPast: true, // as an embedder reads
    ...(hasPast && {
      past: [
        {
          layout: layoutInputs(graph, 'past', 'past'),
          layers: layers.map(({ keys, values }) => ({
            keys: cached(keys),
            values: cached(values),
          })),
        },
      ],
    }),
  });
  graph.output('hidden', hidden);
  if (givesCache) {
    for (const [i, { keys, values }] of cache.entries()) {
      graph.output(freshNames(i).keys, keys);
      graph.output(freshNames(i).values, values);
    }
  }
  return graph;
}

import { decoder, type ParameterLookup } from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { concat, type Graph, type Tensor, type TokenLayout } from '@q-anchor/graph';

import type { DualTowerConfig } from '../model/config.js';
import { givenInputs } from './given-tokens.js';
import { pastInputs, pastNames, type LayersContent } from './past-inputs.js';
import { queryTokens } from './query-graph.js';
import type { StoragePrecision } from './stored-prefix.js';

/** A block of cached tokens that a graph reads behind. */
export interface ReadBlock {
  /** Its name. */
  readonly block: string;
  /** How its keys and values are fed; f32 by default. */
  readonly storage?: StoragePrecision;
}

/** A graph that reads tokens, and gives out their keys and values. */
export interface ReadingGraph {
  /** Hidden states, `[batch, given + suffix, D]`. */
  readonly hidden: Tensor;
  /**
   * Attention probabilities by layer and block, as {@link @q-anchor/backbone#DecoderOutput} has them; of
   * one block `[batch, heads, given + suffix, past + given + suffix]` where the past is joined.
   */
  readonly attention: readonly (readonly Tensor[])[];
  /** Names of the outputs that are keys and values. */
  readonly cacheOutputs: readonly string[];
  /** Keys and values of the tokens read, among a run's outputs. */
  layersIn(outputs: Tensors): LayersContent;
}

/**
 * The decoder as one graph for prefixes and what stands behind them, so that its weights are in memory
 * once: it reads tokens given as embeddings, then tokens given by id, behind blocks of cached ones.
 * There may be none of any.
 *
 * @param graph - the graph; inputs are those of given tokens, of queries, and of each block
 * @param options - model, parameters, the blocks; whether blocks are joined, see
 *   {@link @q-anchor/backbone#DecoderOptions}
 */
export function readingGraph(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly blocks: readonly ReadBlock[];
    readonly joinsPast: boolean;
  },
): ReadingGraph {
  const { config, parameters, blocks, joinsPast } = options;
  const given = givenInputs(graph, config.decoder.width);
  const tokens = queryTokens(graph, { config, parameters });
  const joined = (kind: keyof TokenLayout): Tensor =>
    concat([given.layout[kind], tokens.layout[kind]], 1);
  const { hidden, cache, attention } = decoder(parameters, {
    config: config.decoder,
    embeddings: concat([given.embeddings, tokens.embeddings], 1),
    layout: { segments: joined('segments'), positions: joined('positions') },
    past: blocks.map((block) => pastInputs(graph, { ...block, decoder: config.decoder })),
    joinsPast,
    ...(config.lora && { lora: config.lora }),
  });
  const names = pastNames('read');
  for (const [layer, { keys, values }] of cache.entries()) {
    graph.output(names.keys(layer), keys);
    graph.output(names.values(layer), values);
  }
  const layers = [...cache.keys()];
  return {
    hidden,
    attention,
    cacheOutputs: layers.flatMap((layer) => [names.keys(layer), names.values(layer)]),
    layersIn: (outputs) =>
      layers.map((layer) => ({
        keys: outputs[names.keys(layer)]!,
        values: outputs[names.values(layer)]!,
      })),
  };
}

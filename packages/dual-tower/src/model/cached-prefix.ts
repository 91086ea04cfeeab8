import type { DecoderConfig, PastTokens } from '@q-anchor/backbone';
import type { Graph, TensorData } from '@q-anchor/graph';

import { pastFeeds, pastInputs } from '../embed/past-inputs.js';
import { prefixBlock, type PrefixCache } from '../embed/prefix-cache.js';

/**
 * Declares encoded prefixes as inputs of a graph: what a decoder reads as `past`, with the batch's
 * symbol `batch`.
 *
 * @param graph - the graph
 * @param decoder - the decoder's shape
 */
export const prefixInputs = (graph: Graph, decoder: DecoderConfig): PastTokens =>
  pastInputs(graph, { block: prefixBlock, decoder });

/** Feeds of the inputs that {@link prefixInputs} declares; nothing is copied. */
export const prefixFeeds = (cache: PrefixCache): Record<string, TensorData> =>
  pastFeeds(prefixBlock, cache);

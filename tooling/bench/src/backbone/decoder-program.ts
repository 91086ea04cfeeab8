import { openSafetensors, type DecoderConfig } from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';

import { cacheNames, freshNames, readingGraph } from '../workloads/reading-graph.js';
import { float32Tensor, int64Tensor } from '../workloads/tensors.js';
import { decoderIn, readingSpecs, storedWeights } from './decoder-in.js';

/** What is loaded and read. */
export interface ReadingTask {
  /** A decoder in Hugging Face's form. */
  readonly directory: string;
  /** A file of its quantised weights, where they are. */
  readonly quantised?: string;
  /** Tokens of the prefix. */
  readonly tokens: number;
  /** Tokens of the query. */
  readonly query: number;
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
}

/** A stride that leads all over an embedding table. */
const idStride = 7919;

/** Tokens of a sequence from a position on, all of one segment. */
export const tokenFeeds = (
  count: number,
  { from, segment, vocabulary }: { from: number; segment: number; vocabulary: number },
): Tensors => ({
  ids: int64Tensor([1, count], (i) => ((from + i) * idStride) % vocabulary),
  ownSegments: int64Tensor([1, count], () => segment),
  ownPositions: int64Tensor([1, count], (i) => from + i),
});

/**
 * A decoder compiled from where its weights lie. One program reads prefixes, behind a past of no
 * tokens, and queries, so that weights are in memory once.
 */
export async function openedDecoder(
  { directory, quantised, threads }: ReadingTask,
  options: { readonly profile?: boolean } = {},
) {
  await using model = await decoderIn(directory);
  await using file = quantised === undefined ? undefined : await openSafetensors(quantised);
  const { config, parameters } = model;
  const specs = readingSpecs(parameters);
  const weights = storedWeights(file ?? model.weights, specs);
  const graph = readingGraph(config, { specs, weights, hasPast: true, givesCache: true });
  const engine = createOnnxEngine(threads === undefined ? {} : { threads });
  const program = await engine.compile(graph, { weights, ...options });
  return { config, weights, engine, program };
}

/** A past of no tokens. */
export const noPast = ({ layers, keyValueHeads, headSize }: DecoderConfig): Tensors => {
  const empty = float32Tensor([1, keyValueHeads, 0, headSize], new Float32Array());
  const names = Array.from({ length: layers }, (_, i) => Object.values(cacheNames(i))).flat();
  const none = int64Tensor([1, 0], () => 0);
  return {
    pastSegments: none,
    pastPositions: none,
    ...Object.fromEntries(names.map((name) => [name, empty])),
  };
};

/** What a reading left, as the past of the next one. */
export const pastOf = (
  { layers }: DecoderConfig,
  read: { feeds: Tensors; outputs: Tensors },
): Tensors => ({
  pastSegments: read.feeds['ownSegments']!,
  pastPositions: read.feeds['ownPositions']!,
  ...Object.fromEntries(
    Array.from({ length: layers }, (_, i) => {
      const [into, from] = [cacheNames(i), freshNames(i)];
      return (['keys', 'values'] as const).map((kind) => [into[kind], read.outputs[from[kind]]!]);
    }).flat(),
  ),
});

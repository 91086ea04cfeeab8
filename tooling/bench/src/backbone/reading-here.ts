import { openSafetensors, type DecoderConfig } from '@q-anchor/backbone';
import { createOnnxEngine, type KernelTimes, type Tensors } from '@q-anchor/backend';

import { largestMB } from '../measure/largest-size.js';
import { median } from '../median.js';
import { cacheNames, freshNames, readingGraph } from '../workloads/reading-graph.js';
import { float32Tensor, int64Tensor } from '../workloads/tensors.js';
import { operationsOf } from '../workloads/work-of.js';
import { bytesOf, decoderIn, readingSizes, readingSpecs, storedWeights } from './decoder-in.js';

/** What one process measured of a decoder that was loaded and read. */
export interface Reading {
  /** Size of the weights as they are computed with, in MB. */
  readonly weightMB: number;
  /** Largest resident size before, of an empty process, in MB. */
  readonly baseMB: number;
  /** The same with the program compiled. */
  readonly loadedMB: number;
  /** The same after the prefix was read. */
  readonly prefixMB: number;
  /** The same after the queries. */
  readonly peakMB: number;
  /** Seconds from the first look at the files to the compiled program. */
  readonly loadSeconds: number;
  /** Seconds of the first reading of the prefix. */
  readonly firstPrefixSeconds: number;
  /** Median seconds of later ones. */
  readonly prefixSeconds: number;
  /** Median seconds of queries on the cached prefix, after a first one. */
  readonly querySeconds: number;
  /** Seconds of the fastest of them, which other work on the machine disturbed least. */
  readonly leastQuerySeconds: number;
  /** Operations of a prefix's matrix products, in 10^9. */
  readonly prefixGigaflop: number;
  /** Operations of a query's. */
  readonly queryGigaflop: number;
}

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

/** Readings of the prefix and of the query, each after a first. */
const [prefixRuns, queryRuns] = [3, 11];

/** A stride that leads all over an embedding table. */
const idStride = 7919;

/** Tokens of a sequence from a position on, all of one segment. */
const tokenFeeds = (
  count: number,
  { from, segment, vocabulary }: { from: number; segment: number; vocabulary: number },
): Tensors => ({
  ids: int64Tensor([1, count], (i) => ((from + i) * idStride) % vocabulary),
  ownSegments: int64Tensor([1, count], () => segment),
  ownPositions: int64Tensor([1, count], (i) => from + i),
});

/** Seconds of each of several runs. */
async function secondsOf(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await run();
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return seconds;
}

/**
 * A decoder compiled from where its weights lie. One program reads prefixes, behind a past of no
 * tokens, and queries, so that weights are in memory once.
 */
async function opened(
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
const noPast = ({ layers, keyValueHeads, headSize }: DecoderConfig): Tensors => {
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
const pastOf = (
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

/**
 * Loads a decoder from where its weights lie, reads a prefix and answers a query on its cached keys
 * and values, which stay with the engine, in this process.
 */
export async function readingHere(task: ReadingTask): Promise<Reading> {
  const { tokens, query } = task;
  const baseMB = largestMB();
  const startedAt = performance.now();
  const { config, weights, engine: openEngine, program } = await opened(task);
  await using engine = openEngine;
  const loadSeconds = (performance.now() - startedAt) / 1000;
  const loadedMB = largestMB();

  const vocabulary = config.vocabularySize;
  const feeds = tokenFeeds(tokens, { from: 0, segment: 0, vocabulary });
  const prefix = { ...feeds, ...noPast(config) };
  let outputs: Tensors = {};
  const [firstPrefixSeconds, ...laterSeconds] = await secondsOf(1 + prefixRuns, async () => {
    outputs = await program.run(prefix);
  });
  const prefixMB = largestMB();

  await using state = await engine.createState(pastOf(config, { feeds, outputs }));
  const question = tokenFeeds(query, { from: tokens, segment: 1, vocabulary });
  const [, ...querySeconds] = await secondsOf(1 + queryRuns, () =>
    program.run(question, { state }),
  );

  const gigaflop = (prefixTokens: number, queryTokens: number): number =>
    operationsOf({
      kind: 'prefix-query',
      name: task.directory,
      shape: { ...readingSizes(config), prefixTokens, queryTokens, queries: 1 },
    }) / 1e9;
  return {
    weightMB: bytesOf(weights) / 1e6,
    baseMB,
    loadedMB,
    prefixMB,
    peakMB: largestMB(),
    loadSeconds,
    firstPrefixSeconds: firstPrefixSeconds!,
    prefixSeconds: median(laterSeconds),
    querySeconds: median(querySeconds),
    leastQuerySeconds: Math.min(...querySeconds),
    prefixGigaflop: gigaflop(0, tokens),
    queryGigaflop: gigaflop(tokens, query),
  };
}

/** Kernel times of two readings of the prefix in this process. */
export async function prefixKernelTimes(task: ReadingTask): Promise<KernelTimes> {
  const { config, engine: openEngine, program } = await opened(task, { profile: true });
  await using _engine = openEngine;
  const vocabulary = config.vocabularySize;
  const prefix = tokenFeeds(task.tokens, { from: 0, segment: 0, vocabulary });
  await secondsOf(2, () => program.run({ ...prefix, ...noPast(config) }));
  return await program.endProfile();
}

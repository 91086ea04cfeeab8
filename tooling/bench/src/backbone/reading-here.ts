import { openSafetensors } from '@q-anchor/backbone';
import { createOnnxEngine, type KernelTimes, type Tensors } from '@q-anchor/backend';

import { largestMB } from '../measure/largest-size.js';
import { median } from '../median.js';
import { cacheNames, readingGraph } from '../workloads/reading-graph.js';
import { int64Tensor } from '../workloads/tensors.js';
import { operationsOf } from '../workloads/work-of.js';
import { bytesOf, decoderIn, readingSizes, readingSpecs, storedWeights } from './decoder-in.js';

/** What one process measured of a decoder that was loaded and read. */
export interface Reading {
  /** Size of the weights as they are computed with, in MB. */
  readonly weightMB: number;
  /** Largest resident size before, of an empty process, in MB. */
  readonly baseMB: number;
  /** The same with the prefix's program compiled. */
  readonly loadedMB: number;
  /** The same after the prefix was read. */
  readonly prefixMB: number;
  /** The same with the query's program beside it, after all. */
  readonly peakMB: number;
  /** Seconds from the first look at the files to the prefix's program. */
  readonly loadSeconds: number;
  /** Seconds of compiling the query's program, from the same files. */
  readonly queryLoadSeconds: number;
  /** Seconds of the first reading of the prefix. */
  readonly firstPrefixSeconds: number;
  /** Median seconds of later ones. */
  readonly prefixSeconds: number;
  /** Median seconds of a query on the cached prefix. */
  readonly querySeconds: number;
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

/** Readings of the prefix after the first, and of the query. */
const [prefixRuns, queryRuns] = [3, 5];

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

/** The decoder, its weights where they lie, an engine, and how a program of it is compiled. */
async function opened({ directory, quantised, threads }: ReadingTask) {
  await using model = await decoderIn(directory);
  await using file = quantised === undefined ? undefined : await openSafetensors(quantised);
  const { config, parameters } = model;
  const weights = storedWeights(file ?? model.weights, parameters);
  const engine = createOnnxEngine(threads === undefined ? {} : { threads });
  const compiled = (hasPast: boolean, profile = false) =>
    engine.compile(readingGraph(config, { specs: readingSpecs(parameters), weights, hasPast }), {
      weights,
      profile,
    });
  return { config, weights, engine, compiled };
}

/**
 * Loads a decoder from where its weights lie, reads a prefix and answers a query on its cached keys
 * and values, which are lent to the query's program, in this process.
 */
export async function readingHere(task: ReadingTask): Promise<Reading> {
  const { tokens, query } = task;
  const baseMB = largestMB();
  const startedAt = performance.now();
  const { config, weights, engine: openEngine, compiled } = await opened(task);
  await using engine = openEngine;
  const prefixProgram = await compiled(false);
  const loadSeconds = (performance.now() - startedAt) / 1000;
  const loadedMB = largestMB();

  const vocabulary = config.vocabularySize;
  const prefix = tokenFeeds(tokens, { from: 0, segment: 0, vocabulary });
  let read: Tensors = {};
  const [firstPrefixSeconds, ...laterSeconds] = await secondsOf(1 + prefixRuns, async () => {
    read = await prefixProgram.run(prefix);
  });
  const prefixMB = largestMB();

  const names = Array.from({ length: config.layers }, (_, i) => cacheNames(i));
  await using past = await engine.createState({
    pastSegments: prefix['ownSegments']!,
    pastPositions: prefix['ownPositions']!,
    ...Object.fromEntries(
      names.flatMap(({ keys, values }) => [keys, values].map((name) => [name, read[name]!])),
    ),
  });
  const compiledAt = performance.now();
  const queryProgram = await compiled(true);
  const queryLoadSeconds = (performance.now() - compiledAt) / 1000;
  const question = tokenFeeds(query, { from: tokens, segment: 1, vocabulary });
  const querySeconds = await secondsOf(queryRuns, () =>
    queryProgram.run(question, { state: past }),
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
    queryLoadSeconds,
    firstPrefixSeconds: firstPrefixSeconds!,
    prefixSeconds: median(laterSeconds),
    querySeconds: median(querySeconds),
    prefixGigaflop: gigaflop(0, tokens),
    queryGigaflop: gigaflop(tokens, query),
  };
}

/** Kernel times of two readings of the prefix in this process. */
export async function prefixKernelTimes(task: ReadingTask): Promise<KernelTimes> {
  const { config, engine: openEngine, compiled } = await opened(task);
  await using _engine = openEngine;
  const program = await compiled(false, true);
  const vocabulary = config.vocabularySize;
  const prefix = tokenFeeds(task.tokens, { from: 0, segment: 0, vocabulary });
  await secondsOf(2, () => program.run(prefix));
  return await program.endProfile();
}

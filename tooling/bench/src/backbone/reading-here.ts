import type { KernelTimes, Tensors } from '@q-anchor/backend';

import { largestMB } from '../measure/largest-size.js';
import { secondsOf } from '../measure/seconds-of.js';
import { median } from '../median.js';
import { operationsOf } from '../workloads/work-of.js';
import { bytesOf, readingSizes } from './decoder-in.js';
import { noPast, openedDecoder, pastOf, tokenFeeds, type ReadingTask } from './decoder-program.js';

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

/** Readings of the prefix and of the query, each after a first. */
const [prefixRuns, queryRuns] = [3, 11];

/**
 * Loads a decoder from where its weights lie, reads a prefix and answers a query on its cached keys
 * and values, which stay with the engine, in this process.
 */
export async function readingHere(task: ReadingTask): Promise<Reading> {
  const { tokens, query } = task;
  const baseMB = largestMB();
  const startedAt = performance.now();
  const { config, weights, engine: openEngine, program } = await openedDecoder(task);
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
  const { config, engine: openEngine, program } = await openedDecoder(task, { profile: true });
  await using _engine = openEngine;
  const vocabulary = config.vocabularySize;
  const prefix = tokenFeeds(task.tokens, { from: 0, segment: 0, vocabulary });
  await secondsOf(2, () => program.run({ ...prefix, ...noPast(config) }));
  return await program.endProfile();
}

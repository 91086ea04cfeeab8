import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom, InputError, type QueryAnswer } from '@q-anchor/core';

import type { Dataset } from '../dataset/dataset.js';
import type { PairSource, UserPair } from '../dataset/pairs.js';
import type { PairScales } from '../pairs/fit-scales.js';
import type { PairsSummary } from '../pairs/pairs-options.js';
import { lifeTopics, type LifeTopic } from '../uqa/topics.js';
import { checkPairs, keyOf, withoutUser, type PairChecks } from './check-pairs.js';
import { createSourceQuality, type SourceQuality } from './source-quality.js';

/** How good a set of pairs is. */
export interface PairsReport extends PairChecks {
  /** The dataset's name. */
  readonly dataset: string;
  /** The content it was made for. */
  readonly digest: string;
  /** Who wrote D_uqa. */
  readonly annotator: PairsSummary['annotator'];
  /** Pairs, topics, diversity and lengths by source. */
  readonly sources: Readonly<Record<PairSource, SourceQuality>>;
  /** Reference points whose profiles and actions the checks went back to. */
  readonly checkedReferences: number;
  /** Some pairs by source, drawn at random. */
  readonly samples: Readonly<
    Record<PairSource, ReadonlyArray<Pick<QueryAnswer, 'query' | 'answer' | 'topic'>>>
  >;
}

/** What {@link pairsReport} takes. */
export interface PairsReportOptions {
  /** The dataset whose pairs to judge. */
  readonly dataset: Dataset;
  /** The life topics the pairs were written with; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** Reference points at most that checks go back to; 2,000 by default. */
  readonly checkReferences?: number;
  /** Pairs of each source to show; 20 by default. */
  readonly samplePairs?: number;
  /** Chooses reference points and samples; 1 by default. */
  readonly seed?: number;
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Told how many reference points are checked. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Judges the pairs of a dataset: how many a topic, how diverse, how long; whether anything leaks from
 * after the reference; whether template answers state nothing but facts; and some to read.
 *
 * @throws {@link @q-anchor/core#InputError} if the dataset has no pairs
 * @example
 * ```ts
 * const report = await pairsReport({ dataset });
 * report.grounding?.faults; // 0
 * await writeFile('pairs.html', pairsReportHtml(report));
 * ```
 */
export async function pairsReport(options: PairsReportOptions): Promise<PairsReport> {
  const { dataset, topics = lifeTopics, checkReferences = 2000, samplePairs = 20 } = options;
  const { seed = 1, signal, onProgress = () => {} } = options;
  const summary = (await readPairsJson(dataset, 'summary.json')) as PairsSummary;
  const scales = (await readPairsJson(dataset, 'scale.json')) as PairScales;
  const random = createRandom(seed);
  const shuffled = random.fork('references').shuffled(await dataset.references());
  const counters = { future: createSourceQuality(), uqa: createSourceQuality() };
  const samples = { future: createSample(samplePairs, seed), uqa: createSample(samplePairs, seed) };
  const withPairs = new Set<string>();
  for await (const batch of dataset.pairs(signal === undefined ? {} : { signal })) {
    for (const pair of batch) {
      counters[pair.source].add(pair);
      samples[pair.source].add(pair);
      withPairs.add(keyOf(pair));
    }
  }
  const checked = shuffled
    .filter((reference) => withPairs.has(keyOf(reference)))
    .slice(0, checkReferences)
    .toSorted((a, b) => (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0));
  const checks = await checkPairs(dataset, {
    checked,
    topics,
    scales,
    summary,
    signal,
    onProgress,
  });
  return {
    dataset: dataset.info.name,
    digest: dataset.info.digest,
    annotator: summary.annotator,
    sources: {
      future: counters.future.quality(await dataset.countPairs('future', { signal })),
      uqa: counters.uqa.quality(await dataset.countPairs('uqa', { signal })),
    },
    checkedReferences: checked.length,
    ...checks,
    samples: { future: samples.future.pairs(), uqa: samples.uqa.pairs() },
  };
}

const readPairsJson = async (dataset: Dataset, name: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(join(dataset.directory, 'pairs', name), 'utf8'));
  } catch (error) {
    throw new InputError(
      {
        where: dataset.directory,
        expected: 'a dataset with pairs',
        found: `no readable pairs/${name}`,
        fix: 'Build the pairs first',
      },
      { cause: error },
    );
  }
};

/** A sample of fixed size from a stream (Vitter's algorithm R). */
const createSample = (size: number, seed: number) => {
  const random = createRandom(seed).fork('sample');
  const kept: UserPair[] = [];
  let seen = 0;
  return {
    add: (pair: UserPair): void => {
      seen++;
      if (kept.length < size) kept.push(pair);
      else {
        const place = random.integer(seen);
        if (place < size) kept[place] = pair;
      }
    },
    pairs: () => kept.map(withoutUser),
  };
};

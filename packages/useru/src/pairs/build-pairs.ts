import { join } from 'node:path';

import { createRandom, InputError, writeFileAtomic, type Split } from '@q-anchor/core';

import { openDatabase } from '../dataset/database.js';
import type { Dataset } from '../dataset/dataset.js';
import type { PairSource, UserPair } from '../dataset/pairs.js';
import { quoteText } from '../dataset/sql-text.js';
import { futureAnswers } from '../future/future-answers.js';
import type { Annotator } from '../uqa/annotator.js';
import { createTemplateAnnotator } from '../uqa/template-annotator.js';
import type { LifeTopic } from '../uqa/topics.js';
import { allOrNone } from './all-or-none.js';
import { fitScales } from './fit-scales.js';
import { createPairStatistics, type PairStatistics } from './pair-statistics.js';
import { observedDays, referenceBatches, type ReferenceView } from './reference-batches.js';

/** How far {@link buildPairs} has come. */
export interface PairsProgress {
  /** `scale`: fitting the level words; `pairs`: writing pairs. */
  readonly phase: 'scale' | 'pairs';
  /** References done in this phase. */
  readonly done: number;
  /** References of this phase. */
  readonly total: number;
}

/** What {@link buildPairs} takes. */
export interface BuildPairsOptions {
  /** The dataset to read, and to write the pairs into. */
  readonly dataset: Dataset;
  /** Whose pairs to build; train and validation by default. */
  readonly splits?: readonly Split[];
  /** D_future pairs a reference; 6 by default. */
  readonly futurePerUser?: number;
  /** D_uqa pairs a reference; 2 by default. */
  readonly uqaPerUser?: number;
  /** How far D_future looks ahead, in days, or several lengths to draw from; 30 by default. */
  readonly horizonDays?: number | readonly number[];
  /** Time bins of D_future's likely-actions answer; 3 by default. */
  readonly bins?: number;
  /** Cells of time x category of D_future's likely-actions answer; 6 by default. */
  readonly budget?: number;
  /** Who writes D_uqa; the template annotator with the dataset's level words by default. */
  readonly annotator?: Annotator;
  /** The life topics of D_uqa; the built-in ones by default. */
  readonly topics?: readonly LifeTopic[];
  /** Training references at most that the level words are fitted on; 20,000 by default. */
  readonly scaleReferences?: number;
  /** Chooses aspects, topics and phrasings. */
  readonly seed: number;
  /** Stops the work; no pairs are left behind. */
  readonly signal?: AbortSignal;
  /** Told after every batch. */
  readonly onProgress?: (progress: PairsProgress) => void;
}

/** What {@link buildPairs} made: the content of `pairs/summary.json`. */
export interface PairsSummary {
  /** References read. */
  readonly references: number;
  /** References without D_future pairs, as the record ends before the shortest horizon does. */
  readonly referencesBeyondData: number;
  /** Who wrote D_uqa, and what {@link Annotator.report} counts. */
  readonly annotator: { readonly name: string; readonly counts: Readonly<Record<string, number>> };
  /** The pairs by source. */
  readonly sources: Readonly<Record<PairSource, PairStatistics>>;
}

/**
 * Builds the UserU pairs of a dataset and writes them into its directory.
 *
 * First the level words are fitted on training references alone (`pairs/scale.json`); then every
 * reference gets its D_future pairs, from the actions after it, and its D_uqa pairs, from the
 * profile and the actions before it. Labels are never read. Earlier pairs are replaced. Horizons
 * that reach beyond a reference's `observed_until`, or beyond the last action of the dataset, are
 * not used for it: silence there would be the end of the record, not of the user.
 *
 * @returns counts and a quality summary, also written to `pairs/summary.json`
 * @throws {@link @q-anchor/core#InputError} if there is no reference to fit on or to write for, or
 * an option is out of range
 * @example
 * ```ts
 * const dataset = await openDataset('shop-dataset');
 * const summary = await buildPairs({ dataset, seed: 1, horizonDays: [14, 30] });
 * summary.sources.future.pairs; // about six a reference
 * ```
 */
export async function buildPairs(options: BuildPairsOptions): Promise<PairsSummary> {
  const { dataset, splits = ['train', 'validation'], horizonDays = 30, signal } = options;
  const { scaleReferences = 20_000, seed, topics, onProgress = () => {} } = options;
  const horizonsDays = typeof horizonDays === 'number' ? [horizonDays] : horizonDays;
  const references = await dataset.references({
    splits: [...new Set([...splits, 'train' as const])],
  });
  const own = references.filter(({ split }) => splits.includes(split));
  if (own.length === 0 || !references.some(({ split }) => split === 'train')) {
    throw new InputError({
      where: dataset.directory,
      expected: `references in train and in ${splits.join(', ')}`,
      found: `${own.length} in ${splits.join(', ')}`,
    });
  }
  const dataEndDays = await readDataEndDays(dataset.directory);
  const scales = await fitScales(dataset, {
    references,
    horizonsDays,
    dataEndDays,
    maxReferences: scaleReferences,
    seed,
    signal,
    ...(topics === undefined ? {} : { topics }),
    onProgress: (done, total) => onProgress({ phase: 'scale', done, total }),
  });
  const fittedHorizons = scales.future.horizons
    .filter((horizon) => horizon.references > 0)
    .map((horizon) => horizon.lengthDays);
  const annotator =
    options.annotator ??
    createTemplateAnnotator({
      windowDays: dataset.info.windowDays,
      scale: scales.profile,
      ...(topics === undefined ? {} : { topics }),
    });
  const random = createRandom(seed);
  const statistics = { future: createPairStatistics(), uqa: createPairStatistics() };
  let referencesBeyondData = 0;

  const futureOf = (view: ReferenceView, pairSeed: number) => {
    const { bins = 3, budget = 6, futurePerUser = 6 } = options;
    const { later, past, reference } = view;
    const observed = observedDays(reference, dataEndDays);
    const inside = fittedHorizons.filter((days) => days <= observed);
    if (inside.length === 0) {
      referencesBeyondData++;
      return [];
    }
    return futureAnswers({
      actions: later,
      past,
      horizonDays: inside,
      bins,
      budget,
      count: futurePerUser,
      seed: pairSeed,
      scale: scales.future,
    });
  };

  const pairsOf = async (view: ReferenceView, stop: AbortSignal): Promise<UserPair[]> => {
    const { userId, referenceDays } = view.profile;
    const stream = random.fork(`${userId}@${referenceDays}`);
    const [futureSeed, uqaSeed] = [stream.integer(2 ** 31), stream.integer(2 ** 31)];
    const uqa = await annotator.annotate(view.profile, view.past, {
      count: options.uqaPerUser ?? 2,
      seed: uqaSeed,
      signal: stop,
    });
    return [...futureOf(view, futureSeed), ...uqa].map((pair) => ({
      userId,
      referenceDays,
      ...pair,
    }));
  };

  await dataset.removePairs();
  try {
    let shard = 0;
    let done = 0;
    const toDays = Math.max(...horizonsDays);
    for await (const batch of referenceBatches(dataset, own, { toDays, signal })) {
      const lists = await allOrNone(batch, pairsOf, signal);
      const pairs = lists.flat();
      for (const pair of pairs) statistics[pair.source].add(pair);
      await dataset.writePairs(pairs, { shard });
      shard++;
      done += batch.length;
      onProgress({ phase: 'pairs', done, total: own.length });
    }
    const summary: PairsSummary = {
      references: own.length,
      referencesBeyondData,
      annotator: { name: annotator.name ?? 'custom', counts: annotator.report?.() ?? {} },
      sources: { future: statistics.future.statistics(), uqa: statistics.uqa.statistics() },
    };
    for (const [name, content] of [
      ['scale.json', scales],
      ['summary.json', summary],
    ] as const) {
      await writeFileAtomic(
        join(dataset.directory, 'pairs', name),
        `${JSON.stringify(content, undefined, 2)}\n`,
      );
    }
    return summary;
  } catch (error) {
    await dataset.removePairs();
    throw error;
  }
}

/** The day after the last action of anybody, on the dataset's axis. */
const readDataEndDays = async (directory: string): Promise<number> => {
  const database = await openDatabase(':memory:', {});
  try {
    const path = quoteText(join(directory, 'actions.parquet'));
    const reader = await database.connection.runAndReadAll(
      `SELECT max(time) FROM read_parquet(${path})`,
    );
    const last = reader.getColumns()[0]?.[0] as number | null | undefined;
    return Math.floor(last ?? -Infinity) + 1;
  } finally {
    database.close();
  }
};

import { join } from 'node:path';

import { createRandom, InputError } from '@q-anchor/core';

import { openDatabase } from '../dataset/database.js';
import type { UserPair } from '../dataset/pairs.js';
import type { PairsDraft } from '../dataset/pairs-draft.js';
import { quoteText } from '../dataset/sql-text.js';
import { checkedAspectWeights } from '../future/aspect-weights.js';
import { futureAnswers } from '../future/future-answers.js';
import { createTemplateAnnotator } from '../uqa/template-annotator.js';
import { allOrNone } from './all-or-none.js';
import { fitScales, type PairScales } from './fit-scales.js';
import { pairStatistics } from './pair-statistics.js';
import { pairsKey, unknownAnnotator } from './pairs-key.js';
import type { BuildPairsOptions, PairsSummary } from './pairs-options.js';
import {
  maxReferencesAtOnce,
  observedDays,
  referenceBatches,
  type ReferenceView,
} from './reference-batches.js';

/**
 * Builds the UserU pairs of a dataset and writes them into its directory.
 *
 * First the level words are fitted on training references alone (`pairs/scale.json`); then every
 * reference gets its D_future pairs, from the actions after it, and its D_uqa pairs, from the
 * profile and the actions before it. Labels are never read. Earlier pairs are replaced when all is
 * done. A run that was killed or stopped, begun again with the same options on the same data, goes on
 * after the last finished shard and gives the same bytes. Horizons that reach beyond a reference's `observed_until`, or beyond the last action of the dataset, are
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
  requireInteger('referencesPerShard', options.referencesPerShard ?? 2048);
  const { scaleReferences = 20_000, seed, topics, onProgress = () => {} } = options;
  const { referencesPerShard = 2048 } = options;
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
  checkedAspectWeights(options.futureWeights);
  requireInteger('futureCategories', options.futureCategories ?? 1);
  const dataEndDays = await readDataEndDays(dataset.directory);
  const key = pairsKey(options);
  const draft = await dataset.draftPairs({
    key,
    ...(key['annotator'] === unknownAnnotator && {
      cannotResume: 'the annotator, which does not tell what it depends on',
    }),
  });
  if (draft.restartReason !== undefined) {
    options.onResume?.({ kind: 'restarted', reason: draft.restartReason });
  }
  const scales = await draftScales(draft, () =>
    fitScales(dataset, {
      references,
      horizonsDays,
      dataEndDays,
      maxReferences: scaleReferences,
      maxCategories: options.futureCategories,
      seed,
      signal,
      ...(topics === undefined ? {} : { topics }),
      onProgress: (done, total) => onProgress({ phase: 'scale', done, total }),
    }),
  );
  const fittedHorizons = scales.future.horizons
    .filter((horizon) => horizon.references > 0)
    .map((horizon) => horizon.lengthDays);
  const annotator =
    options.annotator ??
    createTemplateAnnotator({
      windowDays: dataset.info.windowDays,
      scale: scales.profile,
      modalityWords: dataset.info.modalityWords,
      ...(topics === undefined ? {} : { topics }),
    });
  const random = createRandom(seed);
  const futureOf = (view: ReferenceView, pairSeed: number) => {
    const { bins = 3, budget = 6, futurePerUser = 6 } = options;
    const { later, past, reference } = view;
    const observed = observedDays(reference, dataEndDays);
    const inside = fittedHorizons.filter((days) => days <= observed);
    if (inside.length === 0) return [];
    return futureAnswers({
      actions: later,
      past,
      horizonDays: inside,
      bins,
      budget,
      count: futurePerUser,
      weights: options.futureWeights,
      seed: pairSeed,
      scale: scales.future,
      modalityWords: dataset.info.modalityWords,
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

  let shard = draft.shards;
  let done = Math.min(shard * referencesPerShard, own.length);
  if (done > 0) options.onResume?.({ kind: 'resumed', done, total: own.length });
  onProgress({ phase: 'pairs', done, total: own.length });
  const rest = referenceBatches(dataset, own.slice(done), {
    toDays: Math.max(...horizonsDays),
    batchSize: Math.min(maxReferencesAtOnce, referencesPerShard),
    signal,
  });
  const unwritten: Array<readonly UserPair[]> = [];
  const write = async (): Promise<void> => {
    await draft.writePairs(unwritten.splice(0, referencesPerShard).flat(), shard);
    shard++;
  };
  for await (const batch of rest) {
    unwritten.push(...(await allOrNone(batch, pairsOf, signal)));
    done += batch.length;
    while (unwritten.length >= referencesPerShard) await write();
    onProgress({ phase: 'pairs', done, total: own.length });
  }
  if (unwritten.length > 0) await write();
  const shortest = Math.min(...fittedHorizons);
  const summary: PairsSummary = {
    references: own.length,
    referencesBeyondData: own.filter((reference) => observedDays(reference, dataEndDays) < shortest)
      .length,
    annotator: {
      name: annotator.name ?? 'custom',
      counts: annotator.report?.() ?? {},
      skipped: annotator.skipped?.() ?? [],
    },
    sources: {
      future: pairStatistics(await draft.countPairs('future', { signal })),
      uqa: pairStatistics(await draft.countPairs('uqa', { signal })),
    },
  };
  await draft.writeJson('summary.json', summary);
  await draft.publish();
  return summary;
}

const requireInteger = (where: string, value: number): void => {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InputError({ where, expected: 'a positive integer', found: `${value}` });
};

/** The level words of a draft: fitted once, and read as the file has them, by this run too. */
const draftScales = async (
  draft: PairsDraft,
  fit: () => Promise<PairScales>,
): Promise<PairScales> => {
  const name = 'scale.json';
  if ((await draft.readJson(name)) === undefined) await draft.writeJson(name, await fit());
  return (await draft.readJson(name)) as PairScales;
};

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

import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, pathExists, type Split } from '@q-anchor/core';

import { countPairs } from './count-pairs.js';
import { openDatabase, type Database } from './database.js';
import { readDatasetInfo, type DatasetInfo } from './dataset-info.js';
import type { Dataset, LabelledReference, OpenDatasetOptions, SplitReference } from './dataset.js';
import { completeShards, pairsFolder, pairSources, readPairs, writePairShard } from './pairs.js';
import { openPairsDraft } from './pairs-draft.js';
import { readProfiles } from './profiles.js';
import { openSpillDirectory } from './spill-directory.js';
import { quoteText } from './sql-text.js';
import { readActions } from './user-actions.js';

/**
 * Opens a dataset directory.
 *
 * @throws {@link @q-anchor/core#InputError} if the folder is no dataset or lacks a file
 * @example
 * ```ts
 * const dataset = await openDataset('shop-dataset');
 * const references = await dataset.references({ splits: ['train'] });
 * for await (const profiles of dataset.profiles(references, { batchSize: 256 })) {
 *   profiles.length; // 256, the last batch less
 * }
 * await dataset[Symbol.asyncDispose]();
 * ```
 */
export async function openDataset(
  directory: string,
  options: OpenDatasetOptions = {},
): Promise<Dataset> {
  const info = await readDatasetInfo(directory);
  await checkFiles(directory, info);
  const spill = await openSpillDirectory();
  const database = await openDatabase(':memory:', {
    threads: 2,
    ...options,
    spillDirectory: spill.path,
  });
  let closed = false;

  return {
    directory,
    info,
    references: ({ splits } = {}) => readReferences(database, directory, splits),
    labels: (scenario) => readLabels(database, { directory, info }, scenario),
    profiles: (references, batch = {}) =>
      readProfiles(database, { directory, info }, { ...batch, references }),
    actions: (references, range) => {
      for (const name of ['fromDays', 'toDays'] as const) {
        if (Number.isFinite(range[name])) continue;
        throw new InputError({
          where: name,
          expected: 'a number of days',
          found: `${range[name]}`,
        });
      }
      return readActions(database, directory, { ...range, references });
    },
    pairs: ({ sources = pairSources, signal } = {}) =>
      readPairs(database, pairsFolder(directory), { sources, signal }),
    countPairs: (source, { signal } = {}) =>
      countPairs(database, pairsFolder(directory), { source, signal }),
    writePairs: (pairs, { shard, sources = pairSources }) =>
      writePairShard(database, pairsFolder(directory), { pairs, shard, sources }),
    pairShards: ({ sources = pairSources } = {}) => completeShards(pairsFolder(directory), sources),
    removePairs: () => rm(pairsFolder(directory), { recursive: true, force: true }),
    draftPairs: (draft) => openPairsDraft(database, directory, draft),
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      database.close();
      await spill.remove();
    },
  };
}

const checkFiles = async (directory: string, info: DatasetInfo): Promise<void> => {
  const paths = [
    'references.parquet',
    'actions.parquet',
    ...(info.tabular.columns.length > 0 ? ['tabular.parquet'] : []),
    ...info.modalities.map(({ name }) => `events/${name}.parquet`),
    ...info.scenarios.map(({ name }) => `labels/${name}.parquet`),
  ];
  for (const path of paths) {
    if (await pathExists(join(directory, path))) continue;
    throw new InputError({
      where: directory,
      expected: `the file ${path}`,
      found: 'none',
      fix: 'Import it again',
    });
  }
};

const parquet = (directory: string, ...path: readonly string[]): string =>
  `read_parquet(${quoteText(join(directory, ...path))})`;

const foldOf = (value: unknown): { readonly fold?: string } =>
  typeof value === 'string' ? { fold: value } : {};

const readReferences = async (
  database: Database,
  directory: string,
  splits: readonly Split[] | undefined,
): Promise<SplitReference[]> => {
  const reader = await database.connection.runAndReadAll(
    `SELECT user_id, reference_time, split, observed_until, fold
     FROM ${parquet(directory, 'references.parquet')}
     ORDER BY user_id, reference_time`,
  );
  const [users = [], times = [], ofSplit = [], until = [], folds = []] = reader.getColumns();
  return users
    .map((userId, i) => {
      const observedUntilDays = until[i] as number | null;
      return {
        userId: userId as string,
        referenceDays: times[i] as number,
        split: ofSplit[i] as Split,
        ...(observedUntilDays === null ? {} : { observedUntilDays }),
        ...foldOf(folds[i]),
      };
    })
    .filter(({ split }) => splits === undefined || splits.includes(split));
};

const readLabels = async (
  database: Database,
  dataset: { readonly directory: string; readonly info: DatasetInfo },
  scenario: string,
): Promise<LabelledReference[]> => {
  const names = dataset.info.scenarios.map(({ name }) => name);
  if (!names.includes(scenario)) {
    throw new InputError({
      where: 'scenario',
      expected: names.length === 0 ? 'a dataset with scenarios' : `one of ${names.join(', ')}`,
      found: `"${scenario}"`,
    });
  }
  const reader = await database.connection.runAndReadAll(
    `SELECT user_id, reference_time, split, label, fold
     FROM ${parquet(dataset.directory, 'labels', `${scenario}.parquet`)} AS labels
     JOIN ${parquet(dataset.directory, 'references.parquet')} AS points USING (user_id, reference_time)
     ORDER BY user_id, reference_time`,
  );
  const [users = [], times = [], splits = [], labels = [], folds = []] = reader.getColumns();
  return users.map((userId, i) => ({
    userId: userId as string,
    referenceDays: times[i] as number,
    split: splits[i] as Split,
    label: labels[i] as 0 | 1,
    ...foldOf(folds[i]),
  }));
};

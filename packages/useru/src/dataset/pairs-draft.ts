import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { pathExists, readOptionalJson, writeJson } from '@q-anchor/core';

import { countPairs, type SourceCounts } from './count-pairs.js';
import type { Database } from './database.js';
import {
  completeShards,
  pairsFolder,
  pairSources,
  shardFile,
  writePairShard,
  type PairSource,
  type UserPair,
} from './pairs.js';
import { differenceOf, readWorkKey, type WorkKey } from './resumption.js';

/** Pairs in the making: a hidden folder in the dataset, which a killed run leaves as it is. */
export interface PairsDraft {
  /** Shards 0 up to this, without it, were written by a run that was killed; 0 for a new draft. */
  readonly shards: number;
  /** Why the work of a killed run was thrown away: what differs; absent where it wasn't. */
  readonly restartReason?: string;
  /** A JSON file of it; nothing where it is not there. */
  readJson(name: string): Promise<unknown>;
  /** Writes a JSON file, whole or not at all. */
  writeJson(name: string, content: unknown): Promise<void>;
  /** Its pairs of one source, counted. */
  countPairs(
    source: PairSource,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<SourceCounts>;
  /** Writes one shard, whole or not at all. */
  writePairs(pairs: readonly UserPair[], shard: number): Promise<void>;
  /** Puts it in the place of the dataset's pairs. */
  publish(): Promise<void>;
}

/** How to open a draft of pairs. */
export interface PairsDraftOptions {
  /** What the pairs depend on, in named digests. */
  readonly key: WorkKey;
  /** Why an equal key doesn't mean equal pairs; absent where it does. */
  readonly cannotResume?: string;
}

/** The file that tells what pairs were made from. */
const originFile = 'origin.json';

/** Opens the draft of a dataset's pairs: what a killed run left of an equal one, or a new one. */
export async function openPairsDraft(
  database: Database,
  directory: string,
  { key, cannotResume }: PairsDraftOptions,
): Promise<PairsDraft> {
  const published = pairsFolder(directory);
  const replaced = join(directory, '.pairs.replaced');
  const folder = join(directory, '.pairs.partial');
  // A kill between the two renames of `publish` leaves the former pairs here alone.
  if (!(await pathExists(published)) && (await pathExists(replaced))) {
    await rename(replaced, published);
  }
  await rm(replaced, { recursive: true, force: true });

  const found = await readWorkKey(join(folder, originFile));
  const reason = found === undefined ? '' : (cannotResume ?? differenceOf(key, found));
  const isResumed = found !== undefined && reason === '';
  let shards = 0;
  if (isResumed) {
    const complete = await completeShards(folder, pairSources);
    while (complete[shards] === shards) shards += 1;
    await removeOtherFiles(folder, shards);
  } else {
    // The key goes first: a folder that is half removed is nobody's to go on with.
    await rm(join(folder, originFile), { force: true });
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeJson(join(folder, originFile), key);
  }
  return {
    shards,
    ...(reason === '' ? {} : { restartReason: reason }),
    readJson: (name) => readOptionalJson(join(folder, name)),
    writeJson: (name, content) => writeJson(join(folder, name), content),
    countPairs: (source, { signal } = {}) => countPairs(database, folder, { source, signal }),
    writePairs: (pairs, shard) =>
      writePairShard(database, folder, { pairs, shard, sources: pairSources }),
    publish: async () => {
      if (await pathExists(published)) await rename(published, replaced);
      await rename(folder, published);
      await rm(replaced, { recursive: true, force: true });
    },
  };
}

/** Removes files that were being written, and shards beyond the first `shards` ones. */
const removeOtherFiles = async (folder: string, shards: number): Promise<void> => {
  const kept = new Set(Array.from({ length: shards }, (_, shard) => shardFile(shard)));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const isKept = entry.name.endsWith('.json') || kept.has(entry.name);
    if (entry.isFile() && !isKept) await rm(join(entry.parentPath, entry.name));
  }
};

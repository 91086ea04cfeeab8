import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { digestOf } from '@q-anchor/core';
import type { LoadedModel } from '@q-anchor/dual-tower';
import { openEventEmbeddingFiles, readerDigest } from '@q-anchor/kv-serving';
import type { UserRange } from '@q-anchor/useru';

import { askedDigest } from '../embed/embedding-key.js';
import type { AskedEmbedder, Asked } from '../scenarios/asked-embedder.js';
import { summedCounts, type RefreshCounts } from './refresh-counts.js';
import {
  openRefreshFolder,
  readRefreshState,
  writeRefreshState,
  type RefreshState,
} from './refresh-folder.js';
import { refreshShard, type RefreshWork } from './refresh-shard.js';

/** What {@link refreshVectors} is given. */
export interface RefreshOptions extends Omit<
  RefreshWork,
  'former' | 'next' | 'embedder' | 'reader' | 'model'
> {
  readonly model: LoadedOrOpened;
  /** Users of a shard, of those there are when it begins. */
  readonly shardUsers: number;
  /** Compiles the model; not called where nothing changed. */
  readonly openEmbedder: (textCache: Asked['textCache']) => Promise<AskedEmbedder>;
  /** Told what became of what is there: gone on with, or not, and why. */
  readonly onNote: (note: string) => void;
}

type LoadedOrOpened = Parameters<typeof readerDigest>[0] & Pick<LoadedModel, 'digest'>;

/** Event embeddings held in memory beside those on disk. */
const memoryTexts = 100_000;

/**
 * Brings stored vectors up to date: users who see something else than they did are embedded, the others'
 * vectors are taken over. The folder has the former vectors until all are made, then the new ones. What a
 * killed refresh of the same inputs has made is gone on with.
 *
 * @param directory - where vectors and event embeddings are kept
 * @param options - users, model, queries, clock
 * @throws {@link @q-anchor/core#InputError} if the folder holds something else, or another process has it
 */
export async function refreshVectors(
  directory: string,
  options: RefreshOptions,
): Promise<RefreshCounts> {
  const { history, model, asked, nowDays, staleness, shardUsers } = options;
  const folder = await openRefreshFolder(directory);
  await using texts = await openEventEmbeddingFiles(folder.texts, {
    encoderDigest: model.digest,
    width: model.config.users.eventWidth,
    nowDays,
    keepDays: model.config.users.windowDays + staleness.staleDays,
  });
  const reader = digestOf([readerDigest(model, { storage: 'f32' }), askedDigest(asked)]);
  const before = await readRefreshState(folder.vectors);
  const isSameReader = before?.key['model and queries'] === reader;
  if (before && !isSameReader) options.onNote('Another model or other queries: all users are new');
  const key = {
    'model and queries': reader,
    dataset: history.digest,
    clock: `${Math.ceil(nowDays / staleness.stepDays) * staleness.stepDays}`,
    staleness: `${staleness.staleDays}/${staleness.stepDays}`,
    former: before ? digestOf(before.key) : 'none',
  };
  const state = await openNext(folder.next, { key, options, shardUsers });
  const ranges = rangesOf(state.boundaries);
  const done = Object.keys(state.shards).length;
  if (done > 0) options.onNote(`Going on: ${done} of ${ranges.length} shards are there`);
  options.onUsers(summedCounts(Object.values(state.shards)).users);

  let opened: Promise<AskedEmbedder> | undefined;
  const embedder = (): Promise<AskedEmbedder> =>
    (opened ??= options.openEmbedder({ maxEntries: memoryTexts, store: texts }));
  const work = { ...options, reader, next: folder.next, embedder };
  try {
    for (const [shard, range] of ranges.entries()) {
      if (Object.hasOwn(state.shards, shard)) continue;
      const { found, added } = texts.counts;
      const counts = await refreshShard(
        { ...work, former: isSameReader ? folder.vectors : undefined },
        { shard, range },
      );
      state.shards[shard] = {
        ...counts,
        textsFound: texts.counts.found - found,
        textsEncoded: texts.counts.added - added,
      };
      await writeRefreshState(folder.next, state);
    }
  } finally {
    await (await opened)?.[Symbol.asyncDispose]();
  }
  await writeRefreshState(folder.next, { ...state, complete: true });
  await folder.publish();
  return summedCounts(Object.values(state.shards));
}

/** What a killed refresh of the same inputs left, or a new folder. */
async function openNext(
  next: string,
  {
    key,
    options,
    shardUsers,
  }: {
    readonly key: RefreshState['key'];
    readonly options: Pick<RefreshOptions, 'history' | 'onNote'>;
    readonly shardUsers: number;
  },
): Promise<RefreshState> {
  const left = await readRefreshState(next);
  const differing = Object.keys(key).filter((name) => left?.key[name] !== key[name]);
  if (left && differing.length === 0) {
    for (const name of await readdir(next)) {
      if (name.endsWith('.partial')) await rm(join(next, name));
    }
    return left;
  }
  if (left) {
    options.onNote(`An unfinished refresh is thrown away: ${differing.join(', ')} changed`);
  }
  await rm(next, { recursive: true, force: true });
  await mkdir(next);
  const users = await options.history.userIds();
  const boundaries = users.filter((_, i) => i > 0 && i % shardUsers === 0);
  const state = { key, boundaries, shards: {}, complete: false };
  await writeRefreshState(next, state);
  return state;
}

const rangesOf = (boundaries: readonly string[]): readonly UserRange[] =>
  [undefined, ...boundaries].map((from, i) => ({ from, until: boundaries[i] }));

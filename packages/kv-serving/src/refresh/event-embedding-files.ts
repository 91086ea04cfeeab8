import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { ShapeError } from '@q-anchor/core';
import type { EventEmbeddingStore } from '@q-anchor/user-tokens';

import { lockFolder } from '../journal/folder-lock.js';
import { openEmbeddingRecords, recordKey } from './embedding-records.js';

/** What {@link openEventEmbeddingFiles} is given. */
export interface EventEmbeddingFilesOptions {
  /** Digest of the model whose embeddings these are: with another one it begins anew. */
  readonly encoderDigest: string;
  /** E, the size of an event embedding. */
  readonly width: number;
  /** The time now, in days on the events' axis. */
  readonly nowDays: number;
  /** An embedding is kept at least so long after its last use: the window, and how far users lag. */
  readonly keepDays: number;
}

/** Event embeddings in a folder. */
export interface EventEmbeddingFiles extends EventEmbeddingStore, AsyncDisposable {
  /** Embeddings in it, texts asked for that it had, and texts that it took in, since it was opened. */
  readonly counts: { readonly entries: number; readonly found: number; readonly added: number };
}

const namePattern = /^from-day-(-?[\d.]+)\.bin$/u;

/**
 * Opens event embeddings that outlive the process: by content, so that an event whose text was embedded
 * once is never embedded again as long as windows can hold it. One process at a time.
 *
 * There are two files, of this period of `keepDays` and of the last; what is used of the older one is
 * copied to the newer one, and what was not used for a whole period goes with its file. A damaged or
 * missing record is only embedded again.
 *
 * @param directory - the folder; made if it is missing
 * @param options - the encoder, the clock
 * @throws {@link @q-anchor/core#InputError} if another running process has the folder
 * @example
 * ```ts
 * await using texts = await openEventEmbeddingFiles('texts', { encoderDigest: model.digest, width, nowDays, keepDays: 97 });
 * const embedder = await createEmbedder(engine, { ...model, textCache: { maxEntries: 1e5, store: texts } });
 * ```
 */
export async function openEventEmbeddingFiles(
  directory: string,
  options: EventEmbeddingFilesOptions,
): Promise<EventEmbeddingFiles> {
  const { nowDays, keepDays, width } = options;
  mkdirSync(directory, { recursive: true });
  const unlock = await lockFolder(directory);
  const days = readdirSync(directory)
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .toSorted((a, b) => Number(b) - Number(a));
  const isOver = days[0] === undefined || nowDays - Number(days[0]) >= keepDays;
  const kept = [...(isOver ? [`${nowDays}`] : []), ...days].slice(0, 2);
  for (const day of days) if (!kept.includes(day)) rmSync(pathOf(day));
  const current = openEmbeddingRecords(pathOf(kept[0]!), options);
  const former = kept[1] === undefined ? undefined : openEmbeddingRecords(pathOf(kept[1]), options);

  let [found, added] = [0, 0];

  function pathOf(day: string): string {
    return join(directory, `from-day-${day}.bin`);
  }
  return {
    get counts() {
      return { entries: current.size + (former?.size ?? 0), found, added };
    },
    async get(texts, maxTokens) {
      const used: (readonly [string, Float32Array])[] = [];
      const embeddings = texts.map((text) => {
        const key = recordKey(text, maxTokens);
        const embedding = current.get(key);
        if (embedding) return embedding;
        const older = former?.get(key);
        if (older) used.push([key, older]);
        return older;
      });
      current.add(used);
      found += embeddings.filter(Boolean).length;
      return embeddings;
    },
    async put(texts, { maxTokens, embeddings }) {
      if (embeddings.length !== texts.length * width) {
        throw new ShapeError('event embeddings', [texts.length, width], [embeddings.length]);
      }
      current.add(
        texts.map((text, i) => [
          recordKey(text, maxTokens),
          embeddings.subarray(i * width, (i + 1) * width),
        ]),
      );
      added += texts.length;
    },
    async [Symbol.asyncDispose]() {
      current[Symbol.dispose]();
      former?.[Symbol.dispose]();
      await unlock();
    },
  };
}

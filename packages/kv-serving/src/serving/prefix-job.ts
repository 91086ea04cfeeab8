import type { UserProfile } from '@q-anchor/core';
import { joinedPrefixes, singlePrefixes, type AskedQuery } from '@q-anchor/dual-tower';

import type { PrefixMemory } from '../cache/prefix-memory.js';
import {
  readablePrefix,
  storedPrefix,
  type StoragePrecision,
  type StoredPrefix,
} from '../cache/stored-prefix.js';
import type { Reader } from './reader.js';

/** What one run is to do for one request: queries behind a user's prefix. */
export interface PrefixJob {
  /** The model. */
  readonly reader: Reader;
  /** The user, as the request's time sees it. */
  readonly profile: UserProfile;
  /** The prefix's key. */
  readonly key: string;
  /** What is asked. */
  readonly asked: readonly AskedQuery[];
  /** Whether the user is as it was when the request came: only then its prefix is kept. */
  readonly isCurrent: () => boolean;
  /** Prefixes that former parts of the request have read, by key. */
  readonly held: Map<string, StoredPrefix>;
}

/** What came of it. */
export interface PrefixJobResult {
  /** `[queries, dimensions]`. */
  readonly embeddings: Float32Array;
  /** Whether the prefix was found rather than read. */
  readonly isCached: boolean;
}

/**
 * Does jobs of one reader in one run: looks each prefix up, reads those that are missing in one batch,
 * joins all, and asks everything behind them.
 *
 * @param jobs - at least one, all of one reader
 * @param options - where prefixes are kept, and how
 */
export async function runPrefixJobs(
  jobs: readonly PrefixJob[],
  options: { readonly memory: PrefixMemory; readonly storage: StoragePrecision },
): Promise<readonly PrefixJobResult[]> {
  const { memory, storage } = options;
  const { embedder, model } = jobs[0]!.reader;
  const { decoder } = model.config;
  const rows = groupedByKey(jobs);
  const prefixes = new Map<string, StoredPrefix>();
  const missing: (readonly PrefixJob[])[] = [];
  for (const [key, own] of rows) {
    const held = own.find((job) => job.held.has(key))?.held.get(key);
    const found = held ?? memory.get(key);
    if (found) prefixes.set(key, found);
    else missing.push(own);
  }
  if (missing.length > 0) {
    const read = await embedder.encode(missing.map((own) => own[0]!.profile));
    for (const [i, single] of singlePrefixes(read, decoder).entries()) {
      const own = missing[i]!;
      const { key, profile } = own[0]!;
      // What is read behind is what is kept, so that answers don't depend on whether it was there.
      const prefix = storedPrefix(single, storage);
      prefixes.set(key, prefix);
      if (own.some(({ isCurrent }) => isCurrent())) {
        memory.put(key, { userId: profile.userId, prefix });
      }
    }
  }
  for (const { key, held } of jobs) held.set(key, prefixes.get(key)!);
  const joined = joinedPrefixes(
    [...rows.keys()].map((key) => readablePrefix(prefixes.get(key)!)),
    decoder,
  );
  const asked = [...rows.values()].map((own) => own.flatMap((job) => job.asked));
  const embeddings = await embedder.embedAsked(joined, asked);
  const isMissing = new Set(missing.map((own) => own[0]!.key));
  const results = new Map<PrefixJob, PrefixJobResult>();
  for (const [row, own] of [...rows.values()].entries()) {
    let at = 0;
    for (const job of own) {
      const end = at + job.asked.length * embedder.dimensions;
      results.set(job, {
        embeddings: embeddings[row]!.slice(at, end),
        isCached: !isMissing.has(job.key),
      });
      at = end;
    }
  }
  return jobs.map((job) => results.get(job)!);
}

function groupedByKey(jobs: readonly PrefixJob[]): Map<string, PrefixJob[]> {
  const rows = new Map<string, PrefixJob[]>();
  for (const job of jobs) {
    const own = rows.get(job.key) ?? [];
    rows.set(job.key, own);
    own.push(job);
  }
  return rows;
}

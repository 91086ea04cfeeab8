import type { UserProfile } from '@q-anchor/core';
import {
  joinedPrefixes,
  singlePrefixes,
  storedPrefix,
  type AskedQuery,
  type StoragePrecision,
  type StoredPrefix,
} from '@q-anchor/dual-tower';

import type { TieredPrefixes, WantedPrefix } from '../cache/tiered-prefixes.js';
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
  options: { readonly cache: TieredPrefixes; readonly storage: StoragePrecision },
): Promise<readonly PrefixJobResult[]> {
  const { cache, storage } = options;
  const { embedder, model } = jobs[0]!.reader;
  const { decoder } = model.config;
  const rows = groupedByKey(jobs);
  const prefixes = new Map<string, StoredPrefix>();
  const wanted: WantedPrefix[] = [];
  for (const [key, own] of rows) {
    const held = own.find((job) => job.held.has(key))?.held.get(key);
    if (held) prefixes.set(key, held);
    else wanted.push(wantedBy(own));
  }
  for (const [key, prefix] of await cache.find(wanted)) prefixes.set(key, prefix);
  const missing = [...rows].filter(([key]) => !prefixes.has(key)).map(([, own]) => own);
  if (missing.length > 0) {
    // Whoever reads faster than tiers can write waits here.
    await cache.room();
    const read = await embedder.encode(missing.map((own) => own[0]!.profile));
    for (const [i, single] of singlePrefixes(read, decoder).entries()) {
      const { key, userId, isCurrent } = wantedBy(missing[i]!);
      // What is read behind is what is kept, so that answers don't depend on whether it was there.
      const prefix = storedPrefix(single, { storage, decoder });
      prefixes.set(key, prefix);
      if (isCurrent()) cache.keep({ key, userId }, prefix);
    }
  }
  for (const { key, held } of jobs) held.set(key, prefixes.get(key)!);
  const joined = joinedPrefixes(
    [...rows.keys()].map((key) => prefixes.get(key)!),
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

function wantedBy(own: readonly PrefixJob[]): WantedPrefix {
  const { key, profile } = own[0]!;
  return { key, userId: profile.userId, isCurrent: () => own.some((job) => job.isCurrent()) };
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

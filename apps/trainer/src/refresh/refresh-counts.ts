import { z } from 'zod';

/** What a refresh did; of a shard, or of all. */
export const refreshCountsSchema = z.object({
  /** Users there are. */
  users: z.number(),
  /** Users whose vectors were made anew. */
  touched: z.number(),
  /** Of those: there was nothing of them before. */
  new: z.number(),
  /** Of those: other events, or another profile. */
  events: z.number(),
  /** Of those: nothing came, but the reference time moved. */
  time: z.number(),
  /** Users who are no longer there. */
  removed: z.number(),
  /** Modalities of touched users whose events changed. */
  modalities: z.number(),
  /** Event texts that were embedded. */
  textsEncoded: z.number(),
  /** Event texts whose embeddings were on disk. */
  textsFound: z.number(),
  /** Seconds of looking for changes. */
  scanSeconds: z.number(),
  /** Seconds of reading and embedding. */
  embedSeconds: z.number(),
  /** Seconds of writing. */
  writeSeconds: z.number(),
});

/** What a refresh did; of a shard, or of all. */
export type RefreshCounts = z.infer<typeof refreshCountsSchema>;

/** Nothing yet. */
export const noCounts: RefreshCounts = {
  users: 0,
  touched: 0,
  new: 0,
  events: 0,
  time: 0,
  removed: 0,
  modalities: 0,
  textsEncoded: 0,
  textsFound: 0,
  scanSeconds: 0,
  embedSeconds: 0,
  writeSeconds: 0,
};

/** The sum of several. */
export const summedCounts = (all: readonly RefreshCounts[]): RefreshCounts =>
  Object.fromEntries(
    Object.keys(noCounts).map((name) => [
      name,
      all.reduce((sum, counts) => sum + counts[name as keyof RefreshCounts], 0),
    ]),
  ) as RefreshCounts;

import {
  createRandom,
  eventCount,
  type QueryAnswer,
  type Random,
  type UserProfile,
} from '@q-anchor/core';

/** A user at one reference time with its pre-training pairs. */
export interface TrainingExample {
  /** What is known of the user. */
  readonly profile: UserProfile;
  /** Query-answer pairs; for the dual tower's own objective at least one. */
  readonly pairs: readonly QueryAnswer[];
}

/** Training examples by index. */
export interface ExampleSource {
  /** How many there are. */
  readonly count: number;
  /** Rough size of an example, for batches of like length; e.g. its number of events. */
  lengthOf(index: number): number;
  /** Loads examples. */
  load(indices: readonly number[]): Promise<readonly TrainingExample[]>;
}

/** A source over examples in memory. */
export function memorySource(examples: readonly TrainingExample[]): ExampleSource {
  return {
    count: examples.length,
    lengthOf: (index) => eventCount(examples[index]!.profile),
    load: async (indices) => indices.map((index) => examples[index]!),
  };
}

/** How batches are drawn. */
export interface SamplingOptions {
  /** Users a batch. */
  readonly batchUsers: number;
  /** Pairs drawn per user, by source; a user with fewer gives what it has. */
  readonly pairsPerUser: Readonly<Record<QueryAnswer['source'], number>>;
  /** Seed of the order and the draws. */
  readonly seed: number;
  /** Batches over which examples are sorted by length before they are cut. Default 16. */
  readonly bucketBatches?: number;
}

/**
 * Indices of the examples of a batch: a function of the options and the batch's number alone, so
 * that a resumed run goes on with the very batch it would have had.
 *
 * Each epoch is a permutation, without the few that fill no batch, others each time; within windows
 * of `bucketBatches` batches examples are sorted by length, cut, and the batches shuffled.
 *
 * @param source - the examples
 * @param options - sampling
 */
export function batchOrder(
  source: ExampleSource,
  options: SamplingOptions,
): (batch: number) => readonly number[] {
  const { batchUsers, seed, bucketBatches = 16 } = options;
  const size = Math.min(batchUsers, source.count);
  const batchesPerEpoch = Math.max(1, Math.floor(source.count / size));
  let known:
    | { readonly epoch: number; readonly batches: readonly (readonly number[])[] }
    | undefined;

  const batchesOf = (epoch: number): readonly (readonly number[])[] => {
    const random = createRandom(seed).fork('order').fork(epoch);
    // What fills no batch is left out before sorting: it must not always be the longest.
    const order = random.shuffled([...Array(source.count).keys()]).slice(0, batchesPerEpoch * size);
    const batches: number[][] = [];
    for (let start = 0; start < order.length; start += size * bucketBatches) {
      const window = order
        .slice(start, start + size * bucketBatches)
        .toSorted((a, b) => source.lengthOf(a) - source.lengthOf(b) || a - b);
      for (let i = 0; i < window.length; i += size) batches.push(window.slice(i, i + size));
    }
    return random.shuffled(batches);
  };
  return (batch) => {
    const epoch = Math.floor(batch / batchesPerEpoch);
    if (known?.epoch !== epoch) known = { epoch, batches: batchesOf(epoch) };
    return known.batches[batch % batchesPerEpoch]!;
  };
}

/** Draws an example's pairs: so many of each source, without repetition. */
export function drawPairs(
  example: TrainingExample,
  { pairsPerUser, random }: Pick<SamplingOptions, 'pairsPerUser'> & { readonly random: Random },
): readonly QueryAnswer[] {
  const drawn = (Object.keys(pairsPerUser) as QueryAnswer['source'][]).flatMap((source) =>
    random
      .shuffled(example.pairs.filter((pair) => pair.source === source))
      .slice(0, pairsPerUser[source]),
  );
  return drawn.length > 0 ? drawn : [random.pick(example.pairs)];
}

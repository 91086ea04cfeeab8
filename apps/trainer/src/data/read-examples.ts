import { createRandom, InputError, type QueryAnswer, type Split } from '@q-anchor/core';
import type { Dataset, ReferencePoint } from '@q-anchor/useru';

import { createExampleStore, type ExampleStore } from './example-store.js';

/** Training users, and validation users to watch the loss on. */
export interface Examples {
  readonly train: ExampleStore;
  readonly validation: ExampleStore;
}

/** How to read examples. */
export interface ReadExamplesOptions {
  /** Reference points to train on at most, drawn at random; 0 for all. */
  readonly maxUsers: number;
  /** Reference points of the validation split at most. */
  readonly validationUsers: number;
  /** Seed of the draws. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** References and ids hold any character but this one. */
const keyOf = ({ userId, referenceDays }: ReferencePoint): string =>
  `${userId}\u0000${referenceDays}`;

/**
 * Reads the reference points that have pairs, and their pairs.
 *
 * @throws {@link @q-anchor/core#InputError} if no training user has pairs
 */
export async function readExamples(
  dataset: Dataset,
  options: ReadExamplesOptions,
): Promise<Examples> {
  const { signal } = options;
  const pairs = new Map<string, QueryAnswer[]>();
  for await (const shard of dataset.pairs({ signal })) {
    for (const { userId, referenceDays, ...pair } of shard) {
      const key = keyOf({ userId, referenceDays });
      const list = pairs.get(key);
      if (list) list.push(pair);
      else pairs.set(key, [pair]);
    }
  }
  const chosen = async (split: Split, limit: number): Promise<readonly ReferencePoint[]> => {
    const all = await dataset.references({ splits: [split] });
    const withPairs = all.filter((reference) => pairs.has(keyOf(reference)));
    if (limit === 0 || withPairs.length <= limit) return withPairs;
    const random = createRandom(options.seed).fork(`examples of ${split}`);
    const kept = new Set(random.shuffled(withPairs).slice(0, limit));
    return withPairs.filter((reference) => kept.has(reference));
  };
  const train = await chosen('train', options.maxUsers);
  if (train.length === 0) {
    throw new InputError({
      where: dataset.directory,
      expected: 'training users with query-answer pairs',
      found: 'none',
      fix: `Build pairs first: q-anchor pairs ${dataset.directory}`,
    });
  }
  const validation =
    options.validationUsers === 0 ? [] : await chosen('validation', options.validationUsers);
  const total = train.length + validation.length;
  const stores = { train: createExampleStore(), validation: createExampleStore() };
  let done = 0;
  for (const [store, references] of [
    [stores.train, train],
    [stores.validation, validation],
  ] as const) {
    for await (const profiles of dataset.profiles(references, { batchSize: 256, signal })) {
      for (const profile of profiles) {
        const reference = { userId: profile.userId, referenceDays: profile.referenceDays };
        store.add(profile, pairs.get(keyOf(reference))!);
      }
      done += profiles.length;
      options.onProgress(done, total);
    }
  }
  return stores;
}

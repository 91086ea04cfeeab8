import { createRandom } from '@q-anchor/core';

import type { Dataset, SplitReference } from '../dataset/dataset.js';
import { createFutureScaleFitter, type FutureScale } from '../future/scale.js';
import { createProfileScaleFitter, type ProfileScale } from '../uqa/profile-scale.js';
import type { LifeTopic } from '../uqa/topics.js';
import { maxReferencesAtOnce, observedDays, referenceBatches } from './reference-batches.js';

/** What the level words of a dataset's pairs mean: the content of `pairs/scale.json`. */
export interface PairScales {
  /** Of the answers about later actions. */
  readonly future: FutureScale;
  /** Of the answers about profiles. */
  readonly profile: ProfileScale;
}

/** Fits the level words on a sample of training references. */
export async function fitScales(
  dataset: Dataset,
  options: {
    readonly references: readonly SplitReference[];
    readonly horizonsDays: readonly number[];
    readonly dataEndDays: number;
    readonly maxReferences: number;
    readonly maxCategories?: number | undefined;
    readonly seed: number;
    readonly topics?: readonly LifeTopic[];
    readonly signal?: AbortSignal | undefined;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<PairScales> {
  const { horizonsDays, dataEndDays, maxReferences, seed, topics, signal, onProgress } = options;
  const longest = Math.max(...horizonsDays);
  const train = options.references.filter(({ split }) => split === 'train');
  const sample =
    train.length <= maxReferences
      ? train
      : createRandom(seed).fork('scale').shuffled(train).slice(0, maxReferences);
  const future = createFutureScaleFitter(horizonsDays, options);
  const profile = createProfileScaleFitter({
    windowDays: dataset.info.windowDays,
    ...(topics === undefined ? {} : { topics }),
  });
  let done = 0;
  for await (const batch of referenceBatches(dataset, sample, {
    toDays: longest,
    batchSize: maxReferencesAtOnce,
    signal,
  })) {
    for (const view of batch) {
      profile.add(view.profile, view.past);
      future.add({
        actions: view.later,
        observedDays: observedDays(view.reference, dataEndDays),
      });
    }
    done += batch.length;
    onProgress(done, sample.length);
  }
  return { future: future.scale(), profile: profile.scale() };
}

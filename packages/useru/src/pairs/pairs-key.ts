import { version } from '@duckdb/node-api';
import { digestOf, type Digestible } from '@q-anchor/core';

import type { WorkKey } from '../dataset/resumption.js';
import { lifeTopics } from '../uqa/topics.js';
import type { BuildPairsOptions } from './pairs-options.js';

/** Rises when the same data and options give other pairs than before. */
const pairsVersion = 2;

/** In the key of pairs whose annotator doesn't tell what its answers depend on. */
export const unknownAnnotator = 'unknown';

/** What pairs depend on. */
export function pairsKey(options: BuildPairsOptions): WorkKey {
  const { dataset, annotator, topics = lifeTopics, seed } = options;
  const { splits = ['train', 'validation'], horizonDays = 30, bins = 3, budget = 6 } = options;
  const { futurePerUser = 6, uqaPerUser = 2, scaleReferences = 20_000 } = options;
  const { referencesPerShard = 2048, futureWeights, futureCategories } = options;
  return {
    dataset: dataset.info.digest,
    options: digestOf({
      seed,
      splits,
      horizonDays,
      bins,
      budget,
      futurePerUser,
      uqaPerUser,
      scaleReferences,
      referencesPerShard,
      ...(futureWeights && { futureWeights }),
      ...(futureCategories !== undefined && { futureCategories }),
    }),
    topics: digestOf(topics as unknown as Digestible),
    annotator: annotator === undefined ? 'template' : (annotator.identity ?? unknownAnnotator),
    'version of this software': `${pairsVersion}, DuckDB ${version()}`,
  };
}

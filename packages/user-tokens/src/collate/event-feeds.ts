import { ShapeError, type UserEvent, type UserProfile } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';

import { timeFeatureCount, valueFeatureCount } from '../config.js';
import { userInputNames } from '../encoder/inputs.js';
import { tabularFeatures } from '../features/tabular-features.js';
import { timeFeatures } from '../features/time-features.js';
import { valueFeatures } from '../features/value-scale.js';
import type { CollateUsersOptions } from './collate-users.js';

const feed = (data: Float32Array, shape: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data,
});

/** Features, mean weights and, where they are given, text embeddings of a modality's events. */
export function eventFeeds(
  name: string,
  parts: {
    readonly profiles: readonly UserProfile[];
    readonly owners: readonly (readonly UserEvent[])[];
    readonly rows: number;
    readonly options: CollateUsersOptions;
  },
): Record<string, TensorData> {
  const { profiles, owners, rows, options } = parts;
  const { config, valueScales = {}, textEmbedding } = options;
  const time = new Float32Array(rows * timeFeatureCount);
  const value = new Float32Array(rows * valueFeatureCount);
  const mean = new Float32Array(profiles.length * rows);
  const text = textEmbedding && new Float32Array(rows * config.eventWidth);
  let row = 0;
  for (const [b, events] of owners.entries()) {
    for (const event of events) {
      const age = profiles[b]!.referenceDays - event.timeDays;
      time.set(timeFeatures(age, config.windowDays), row * timeFeatureCount);
      value.set(valueFeatures(event.value, valueScales[name]), row * valueFeatureCount);
      mean[b * rows + row] = 1 / events.length;
      if (textEmbedding) {
        const embedding = textEmbedding(event.text, name);
        if (embedding.length !== config.eventWidth) {
          throw new ShapeError('text embedding', [config.eventWidth], [embedding.length]);
        }
        text!.set(embedding, row * config.eventWidth);
      }
      row++;
    }
  }
  return {
    [userInputNames.mean(name)]: feed(mean, [profiles.length, rows]),
    ...(config.timeFeatures && {
      [userInputNames.time(name)]: feed(time, [rows, timeFeatureCount]),
    }),
    ...(config.valueFeatures && {
      [userInputNames.value(name)]: feed(value, [rows, valueFeatureCount]),
    }),
    ...(text && { [userInputNames.text(name)]: feed(text, [rows, config.eventWidth]) }),
  };
}

/** Profile features, and each user's own row as its mean. */
export function tabularFeeds(
  profiles: readonly UserProfile[],
  { config, tabular = { columns: [] } }: CollateUsersOptions,
): Record<string, TensorData> {
  const batch = profiles.length;
  const features = new Float32Array(batch * config.tabularFeatures);
  const mean = new Float32Array(batch * batch);
  for (const [b, profile] of profiles.entries()) {
    features.set(tabularFeatures(profile.tabular, tabular), b * config.tabularFeatures);
    mean[b * batch + b] = 1;
  }
  return {
    [userInputNames.tabular]: feed(features, [batch, config.tabularFeatures]),
    [userInputNames.tabularMean]: feed(mean, [batch, batch]),
  };
}

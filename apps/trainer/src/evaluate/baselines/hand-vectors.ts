import { fitHandFeatures, handFeatures, type EncoderModel } from '@q-anchor/baselines';
import { createRandom, InputError, type UserProfile } from '@q-anchor/core';
import type { Dataset } from '@q-anchor/useru';

import type { EvaluationSet } from '../evaluation-set.js';
import type { ProfileVectors } from './profile-vectors.js';

/** Training users that columns are fitted on: which words are widespread takes no more. */
const fittedUsers = 5000;

/** Hand-made features of users, their columns fitted on users that are in no other split than training. */
export async function handVectors(
  dataset: Dataset,
  options: {
    readonly set: EvaluationSet;
    readonly model: Pick<EncoderModel, 'config'>;
    readonly seed: number;
    readonly signal: AbortSignal;
  },
): Promise<ProfileVectors> {
  const { set, model, seed, signal } = options;
  const labels = set.scenarios.flatMap((scenario) => scenario.labels);
  const others = new Set(labels.filter(({ split }) => split !== 'train').map((one) => one.place));
  const places = [...set.references.keys()].filter((place) => !others.has(place));
  const chosen = createRandom(seed).fork('hand features').shuffled(places).slice(0, fittedUsers);
  if (chosen.length === 0) {
    throw new InputError({
      where: 'hand-made features',
      expected: 'users that are training users of all their scenarios',
      found: 'none',
    });
  }
  const references = chosen.toSorted((a, b) => a - b).map((place) => set.references[place]!);
  const profiles: UserProfile[] = [];
  for await (const batch of dataset.profiles(references, { batchSize: 256, signal })) {
    profiles.push(...batch);
  }
  const fitted = fitHandFeatures(profiles, { config: model.config.users });
  const dimensions = fitted.columns.length;
  return {
    dimensions,
    async embed(users) {
      const out = new Float32Array(users.length * dimensions);
      for (const [i, user] of users.entries()) out.set(handFeatures(user, fitted), i * dimensions);
      return out;
    },
    async [Symbol.asyncDispose]() {},
  };
}

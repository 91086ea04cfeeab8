import type { Engine } from '@q-anchor/backend';
import { createRandom, type UserProfile } from '@q-anchor/core';
import { createEmbedder, type DualTowerConfig } from '@q-anchor/dual-tower';
import type { KeyedModel } from '@q-anchor/kv-serving';
import {
  createTunedEmbedder,
  encodePrefixes,
  encodeUserTokens,
  fitScoring,
  modelIdentity,
  storedEmbeddings,
  tuneLora,
  tunePrompt,
  type LoadedScenario,
  type TunedPrompt,
} from '@q-anchor/prompt-tuning';

import { query, simulatedUsers, tinyModel } from '../../prompt-tuning/test/support/tiny-model.js';

export { relativeError } from '../../core/test/support/relative-error.js';
export const queries = ['', query, 'paid the rent'];

/** A model with ages and values in its events. */
export function keyedModel(seed = 3, options: Partial<DualTowerConfig> = {}): KeyedModel {
  const plain = tinyModel(seed);
  const users = { ...plain.config.users, timeFeatures: true, valueFeatures: true };
  return { ...tinyModel(seed, { users, ...options }), digest: `model ${seed}` };
}

/** A scenario tuned in a few steps. */
export async function tunedScenario(
  engine: Engine,
  {
    model,
    name,
    seed,
  }: { readonly model: KeyedModel; readonly name: string; readonly seed: number },
): Promise<LoadedScenario> {
  const { profiles, labels } = simulatedUsers(seed, { count: 16 });
  const prefixes = await encodePrefixes(engine, { model, profiles: [profiles] });
  const { tuned } = await tunePrompt(engine, {
    model,
    queries: seed % 2 === 1 ? [query, 'pizza'] : [query],
    train: { prefixes, labels },
    settings: {
      steps: 2,
      warmupSteps: 1,
      prototypesPerClass: 2,
      promptTokens: 1 + (seed % 3),
      seed,
    },
  });
  await using embedder = await createEmbedder(engine, model);
  const embeddings = await storedEmbeddings(embedder, { asked: tuned, prefixes });
  return loadedScenario(tuned, { model, name, seed, embeddings, labels });
}

/** A scenario tuned by adapters in a few steps. */
export async function adaptedScenario(
  engine: Engine,
  {
    model,
    name,
    seed,
  }: { readonly model: KeyedModel; readonly name: string; readonly seed: number },
): Promise<LoadedScenario> {
  const { profiles, labels } = simulatedUsers(seed, { count: 16 });
  const tokens = await encodeUserTokens(engine, { model, profiles: [profiles] });
  const { tuned } = await tuneLora(engine, {
    model,
    queries: [query],
    train: { tokens, labels },
    settings: { steps: 4, warmupSteps: 1, peakRate: 0.05, targets: ['q_proj', 'v_proj'] },
  });
  await using embedder = await createTunedEmbedder(engine, model);
  const embeddings = await embedder.embed(profiles, [tuned]);
  return loadedScenario(tuned, { model, name, seed, embeddings, labels });
}

function loadedScenario(
  tuned: TunedPrompt,
  options: {
    readonly model: KeyedModel;
    readonly name: string;
    readonly seed: number;
    readonly embeddings: Float32Array;
    readonly labels: readonly number[];
  },
): LoadedScenario {
  const { model, name, seed, embeddings, labels } = options;
  const users = { embeddings, labels };
  return {
    ...tuned,
    scenario: name,
    model: modelIdentity(model),
    carried: [],
    dataset: { name: 'world', digest: 'd' },
    training: {},
    scoring: fitScoring({ tuned, train: users, validation: users }),
    digest: `${name} ${model.digest} ${seed}`,
  };
}

/** Profiles of unlike lengths. */
export function drawnProfiles(seed: number, count: number): readonly UserProfile[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    userId: `u${i}`,
    referenceDays: 30,
    events: {
      bill: Array.from({ length: random.integer(9) }, () => ({
        timeDays: 30 * random.uniform(),
        text: random.pick(['takeaway pizza', 'paid the rent', 'pizza']),
        ...(random.uniform() < 0.5 && { value: random.integer(20) }),
      })).toSorted((a, b) => a.timeDays - b.timeDays),
    },
    tabular: {},
  }));
}

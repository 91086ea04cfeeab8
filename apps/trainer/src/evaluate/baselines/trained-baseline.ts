import { trainEncoder, type EncoderModel, type EncoderObjective } from '@q-anchor/baselines';
import type { Engine } from '@q-anchor/backend';
import { createEmbedder } from '@q-anchor/dual-tower';
import type { Dataset } from '@q-anchor/useru';

import type { CommandContext } from '../../context.js';
import { createExampleStore, storeSource } from '../../data/example-store.js';
import { pretrainSettings } from '../../pretrain/settings.js';
import type { RunConfig } from '../../run/run-config.js';
import type { ProfileVectors } from './profile-vectors.js';

/** Settings of a run in whose place a trained baseline has others. */
export interface BaselineTraining {
  readonly steps: number | undefined;
  /** Users a batch: the others are what a user's slices are told apart from. */
  readonly batchUsers: number | undefined;
}

/**
 * Trains an encoder without questions on the training split, with the settings of the run it stands
 * beside. It reads events, not the profile.
 */
export async function trainedBaseline(
  dataset: Dataset,
  options: {
    readonly objective: EncoderObjective;
    readonly engine: Engine;
    readonly model: EncoderModel;
    readonly run: Pick<RunConfig, 'hyperparameters' | 'seed'>;
    readonly training: BaselineTraining;
    readonly context: Pick<CommandContext, 'progress' | 'signal'>;
  },
): Promise<ProfileVectors> {
  const { objective, engine, model, context, run, training } = options;
  const { signal } = context;
  const store = createExampleStore();
  const references = await dataset.references({ splits: ['train'] });
  for await (const profiles of dataset.profiles(references, { batchSize: 256, signal })) {
    for (const profile of profiles) store.add(profile, []);
  }
  const { steps = run.hyperparameters.steps, batchUsers = run.hyperparameters.batchUsers } =
    training;
  const hyperparameters = { ...run.hyperparameters, steps, batchUsers };
  const progress = context.progress(`Training ${objective}`, { unit: 'steps' });
  const encoder = await trainEncoder(engine, {
    objective,
    model,
    source: storeSource(store),
    settings: pretrainSettings(hyperparameters, { seed: run.seed, checkpointSteps: 0 }),
    onProgress: ({ step }) => progress.update(step, steps),
    signal,
  }).finally(() => progress.stop());
  const embedder = await createEmbedder(engine, encoder);
  return {
    dimensions: embedder.dimensions,
    embed: (profiles) => embedder.embed(profiles, ['']),
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}

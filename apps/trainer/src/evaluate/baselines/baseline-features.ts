import { createMeanEvents, createTextReader, type EncoderModel } from '@q-anchor/baselines';
import type { Engine } from '@q-anchor/backend';
import type { Dataset } from '@q-anchor/useru';

import type { CommandContext } from '../../context.js';
import type { RunConfig } from '../../run/run-config.js';
import type { EvaluationSet } from '../evaluation-set.js';
import type { PlacedFeatures } from '../rows/placed-features.js';
import type { BaselineName } from './baseline-names.js';
import { handVectors } from './hand-vectors.js';
import type { ProfileVectors } from './profile-vectors.js';
import { trainedBaseline, type BaselineTraining } from './trained-baseline.js';

/** What baselines are made of. */
export interface BaselineOptions {
  readonly engine: Engine;
  readonly model: EncoderModel;
  /** The run's start values; absent where they are not known. */
  readonly untrained: EncoderModel['parameters'] | undefined;
  /** How the run was made; absent for a model directory by itself. */
  readonly run: RunConfig | undefined;
  readonly set: EvaluationSet;
  /** How the baselines that are trained differ from the run. */
  readonly training: BaselineTraining;
  readonly seed: number;
  readonly context: Pick<CommandContext, 'progress' | 'signal' | 'log'>;
}

/** Users read at a time. */
const batchUsers = 512;

/** Features of the evaluated users by baseline; one that can't be made is left out with a warning. */
export async function baselineFeatures(
  dataset: Dataset,
  names: readonly BaselineName[],
  options: BaselineOptions,
): Promise<Readonly<Partial<Record<BaselineName, PlacedFeatures>>>> {
  const { set, context } = options;
  const { signal } = context;
  const made: Partial<Record<BaselineName, PlacedFeatures>> = {};
  for (const name of names) {
    signal.throwIfAborted();
    await using vectors = await vectorsOf(name, { ...options, dataset });
    if (!vectors) {
      context.log.warn(`Baseline ${name} is left out: the start values of this run are not known`);
      continue;
    }
    const { dimensions } = vectors;
    const rows = new Float32Array(set.references.length * dimensions);
    const reading = context.progress(`Embedding for ${name}`, { unit: 'users' });
    let place = 0;
    try {
      for await (const profiles of dataset.profiles(set.references, {
        batchSize: batchUsers,
        signal,
      })) {
        rows.set(await vectors.embed(profiles), place * dimensions);
        place += profiles.length;
        reading.update(place, set.references.length);
      }
    } finally {
      reading.stop();
    }
    made[name] = {
      columns: dimensions,
      at: (at) => rows.subarray(at * dimensions, (at + 1) * dimensions),
    };
  }
  return made;
}

async function vectorsOf(
  name: BaselineName,
  options: BaselineOptions & { readonly dataset: Dataset },
): Promise<ProfileVectors | undefined> {
  const { dataset, engine, model, set, seed, context, run } = options;
  const { signal } = context;
  const start = options.untrained && { ...model, parameters: options.untrained };
  switch (name) {
    case 'gradientBoostedTrees':
      return handVectors(dataset, { set, model, seed, signal });
    case 'meanEvents':
      return createMeanEvents(engine, model);
    case 'meanEventsUntrained':
      return start && createMeanEvents(engine, start);
    case 'verbalisedProfile': {
      // Under adapters the decoder is as it was published, whatever was trained.
      const decoder = model.config.lora ? model : start;
      return decoder && createTextReader(engine, decoder);
    }
    default: {
      const objective = name === 'nextEvent' ? 'next-event' : 'static';
      return (
        start &&
        run &&
        trainedBaseline(dataset, {
          objective,
          engine,
          model: start,
          run,
          training: options.training,
          context,
        })
      );
    }
  }
}

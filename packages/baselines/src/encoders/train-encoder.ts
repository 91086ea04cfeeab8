import type { Engine } from '@q-anchor/backend';
import {
  pretrain,
  type ExampleSource,
  type PretrainProgress,
  type PretrainSettings,
} from '@q-anchor/dual-tower';

import { eventsOnly, type EncoderModel } from './events-only.js';
import { nextEventObjective } from './next-event-objective.js';
import { staticObjective } from './static-objective.js';

/** What an encoder is trained for: `static`, or `next-event`. */
export type EncoderObjective = 'static' | 'next-event';

/** What {@link trainEncoder} is given. */
export interface TrainEncoderOptions {
  /** What it is trained for. */
  readonly objective: EncoderObjective;
  /** An untrained model: the shape, the tokenizer, the start values. */
  readonly model: EncoderModel;
  /** Users to train on; their pairs are not read. */
  readonly source: ExampleSource;
  /** As a run's. */
  readonly settings: Omit<PretrainSettings, 'pairsPerUser' | 'checkpointSteps'>;
  /** Called after each step. */
  readonly onProgress?: (progress: PretrainProgress) => void;
  /** Stops training after the step in progress. */
  readonly signal?: AbortSignal;
}

const objectives = { static: staticObjective, 'next-event': nextEventObjective } as const;

/**
 * Trains a user encoder without questions, from the same start, by the same loop and on the same events
 * as a dual tower: see {@link staticObjective} and {@link nextEventObjective}. The profile's columns are
 * no part of it; a probe may read them beside the embedding.
 *
 * @param engine - where to run
 * @param options - objective, untrained model, users, settings
 * @returns a model to embed users with for no question: `embedder.embed(profiles, [''])`; for `static`
 * what the model's embeddings are, for `next-event`, which trains no head, the hidden state of `<|user_emb|>`
 * @throws {@link @q-anchor/core#InputError} as {@link pretrain}, or if the model reads no events
 * @throws the signal's reason if it is aborted: nothing is kept then
 */
export async function trainEncoder(
  engine: Engine,
  options: TrainEncoderOptions,
): Promise<EncoderModel> {
  const { objective, source, settings, onProgress, signal } = options;
  const model = eventsOnly(options.model);
  const { config, parameters: initial, collate } = model;
  const { state } = await pretrain({
    engine,
    config,
    initial,
    source,
    collate,
    objective: objectives[objective],
    settings: { ...settings, pairsPerUser: { future: 0, uqa: 0 } },
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  const trained = Object.fromEntries(
    Object.entries(initial).map(([name, value]) => [name, state[name] ?? value]),
  );
  const result = { ...model, parameters: trained };
  if (objective === 'static') return result;
  return { ...result, config: { ...config, embedding: 'hidden' } };
}

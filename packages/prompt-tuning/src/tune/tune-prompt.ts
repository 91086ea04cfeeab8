import type { Engine } from '@q-anchor/backend';
import { createEmbedder, createReusedArrays, type ServedModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';

import type { PromptedQueries } from '../embed/prompted-queries.js';
import { storedEmbeddings } from '../embed/stored-embeddings.js';
import type { PrefixStore } from '../prefixes/prefix-store.js';
import { balancedLoss } from './balanced-loss.js';
import { checkTuningUsers } from './check-tuning-users.js';
import { initialPrompts } from './initial-prompts.js';
import { initialPrototypes } from './initial-prototypes.js';
import { checkPromptTuning, defaultPromptTuning, type PromptTuningSettings } from './settings.js';
import { compilePromptSteps } from './step-program.js';
import { rateBySteps, tuningLoop, type LoopResult } from './tuning-loop.js';

/** Users with classes. */
export interface TuningUsers {
  /** Their encoded prefixes. */
  readonly prefixes: PrefixStore;
  /** Class of each, from 0. */
  readonly labels: readonly number[];
}

/** A step as it is reported. */
export interface PromptTuningProgress {
  /** Steps done. */
  readonly step: number;
  /** Steps at most. */
  readonly steps: number;
  /** Loss of its batch, in nats. */
  readonly loss: number;
  /** Norm of its gradient before clipping. */
  readonly gradientNorm: number;
  /** Loss of the validation users, all classes weighed alike, where they were looked at. */
  readonly validationLoss?: number;
}

/** What {@link tunePrompt} is given. */
export interface TunePromptOptions {
  /** The model; it stays as it is. */
  readonly model: ServedModel;
  /** The scenario's questions, at least one; what is tuned is the mean of their embeddings. */
  readonly queries: readonly string[];
  /** Number of classes. Default 2. */
  readonly classes?: number;
  /** Users to tune on, of every class. */
  readonly train: TuningUsers;
  /** Users whose loss decides when to stop and which step is kept; without them, the last is. */
  readonly validation?: TuningUsers;
  /** What differs from {@link defaultPromptTuning}. */
  readonly settings?: Partial<PromptTuningSettings>;
  /** Called after each step. */
  readonly onProgress?: (progress: PromptTuningProgress) => void;
  /** Stops tuning after the step in progress. */
  readonly signal?: AbortSignal;
}

/** Questions tuned to classes, by prompts or adapters. */
export interface TunedPrompt extends PromptedQueries {
  /** Prototypes, float32 `[classes * perClass, dimensions]`, those of a class together. */
  readonly prototypes: TensorData;
  /** Number of classes. */
  readonly classes: number;
  /** Divides the cosines. */
  readonly temperature: number;
}

/** What {@link tunePrompt} made: prompts and prototypes of the best step. */
export interface PromptTuningResult extends LoopResult<TunedPrompt> {
  /** The settings in full. */
  readonly settings: PromptTuningSettings;
}

/**
 * Tunes soft prompts and class prototypes for one scenario on a frozen model.
 *
 * Prompts start at the embeddings of the first question's tokens and stand before each question, prototypes at the class means (or k-means
 * centres) of the embeddings that those give. Each step draws users by class and reads their cached
 * prefixes: no prefix is encoded here. Every draw depends on the seed and the step's number.
 *
 * Paper: Query-as-Anchor, cluster-based soft prompt tuning. Cosine, temperature, start values, rate and
 * early stop are ours.
 *
 * @param engine - where to run
 * @param options - model, questions, users
 * @throws {@link @q-anchor/core#InputError} if a setting is out of range, labels and users differ in
 * number, or a class has too few users
 * @throws the signal's reason if it is aborted: nothing is kept then
 */
export async function tunePrompt(
  engine: Engine,
  options: TunePromptOptions,
): Promise<PromptTuningResult> {
  const { model, queries, classes = 2, train, validation, signal } = options;
  const settings = { ...defaultPromptTuning, ...options.settings };
  const { seed, promptTokens, prototypesPerClass: perClass, temperature } = settings;
  checkPromptTuning(settings);
  rateBySteps(settings);
  checkTuningUsers(
    { train: counted(train), ...(validation && { validation: counted(validation) }) },
    { classes, what: 'prompt tuning' },
  );
  const { labels } = train;

  await using embedder = await createEmbedder(engine, model);
  const embedded = (asked: PromptedQueries, prefixes: PrefixStore): Promise<Float32Array> =>
    storedEmbeddings(embedder, { asked, prefixes, ...(signal && { signal }) });
  const start = {
    queries,
    prompts: await initialPrompts(engine, { model, query: queries[0]!, promptTokens, seed }),
  };
  const prototypes = initialPrototypes(await embedded(start, train.prefixes), {
    labels,
    classes,
    perClass,
    seed,
  });
  await using program = await compilePromptSteps(engine, {
    ...start,
    model,
    classes,
    temperature,
    prototypes,
  });
  const arrays = createReusedArrays();
  const result = await tuningLoop<TunedPrompt>({
    settings,
    labels,
    classes,
    step: ({ indices, ...users }, schedule) =>
      program.step({ prefixes: train.prefixes.batch(indices, arrays), ...users }, schedule),
    read: async () => ({ queries, ...(await program.read()), classes, temperature }),
    ...(validation && {
      validationLoss: async (tuned) =>
        balancedLoss(await embedded(tuned, validation.prefixes), {
          labels: validation.labels,
          tuned,
        }),
    }),
    onProgress: options.onProgress,
    signal,
  });
  return { ...result, settings };
}

const counted = ({ prefixes, labels }: TuningUsers) => ({ users: prefixes.users, labels });

import type { Engine } from '@q-anchor/backend';
import type { ServedModel } from '@q-anchor/dual-tower';

import { noPrompts } from '../embed/prompted-queries.js';
import { balancedLoss } from '../tune/balanced-loss.js';
import { checkTuningUsers } from '../tune/check-tuning-users.js';
import { initialPrototypes } from '../tune/initial-prototypes.js';
import { rateBySteps, tuningLoop, type LoopResult } from '../tune/tuning-loop.js';
import type { PromptTuningProgress, TunedPrompt } from '../tune/tune-prompt.js';
import { adaptedModel } from './adapted-model.js';
import { compileAdaptedEmbedder, compileLoraSteps, initialAdapters } from './lora-steps.js';
import { checkLoraTuning, defaultLoraTuning, loraOf, type LoraTuningSettings } from './settings.js';
import type { UserTokenStore } from './user-token-store.js';

/** Users with classes, whose prefixes are read at every step. */
export interface LoraTuningUsers {
  /** The tokens of their prefixes. */
  readonly tokens: UserTokenStore;
  /** Class of each, from 0. */
  readonly labels: readonly number[];
}

/** What {@link tuneLora} is given. */
export interface TuneLoraOptions {
  /** The model, without adapters of its own; it stays as it is. */
  readonly model: ServedModel;
  /** The scenario's questions, at least one; what is tuned is the mean of their embeddings. */
  readonly queries: readonly string[];
  /** Number of classes. Default 2. */
  readonly classes?: number;
  /** Users to tune on, of every class. */
  readonly train: LoraTuningUsers;
  /** Users whose loss decides when to stop and which step is kept; without them, the last is. */
  readonly validation?: LoraTuningUsers;
  /** What differs from {@link defaultLoraTuning}. */
  readonly settings?: Partial<LoraTuningSettings>;
  /** Called after each step. */
  readonly onProgress?: (progress: PromptTuningProgress) => void;
  /** Stops tuning after the step in progress. */
  readonly signal?: AbortSignal;
}

/** What {@link tuneLora} made: adapters and prototypes of the best step. */
export interface LoraTuningResult extends LoopResult<TunedPrompt> {
  /** The settings in full. */
  readonly settings: LoraTuningSettings;
}

/**
 * Tunes low-rank adapters of the decoder and class prototypes for one scenario on a frozen model: for a
 * scenario worth more than a few soft prompts.
 *
 * It costs the shared prefix. Prefix and query are both read with the adapters, so that no stored prefix
 * serves the scenario, in tuning (each step reads its users' prefixes again) and afterwards (each user's
 * prefix is read for this scenario alone). User encoder and head stay frozen: a user's prefix tokens are
 * made once.
 *
 * Loss, prototypes, batches and early stop are those of `tunePrompt`; adapters start at no update
 * (Hu et al. 2021).
 *
 * @param engine - where to run
 * @param options - model, questions, users
 * @throws {@link @q-anchor/core#InputError} if the model has adapters of its own, a setting is out of
 * range, labels and users differ in number, or a class has too few users
 * @throws the signal's reason if it is aborted: nothing is kept then
 */
export async function tuneLora(
  engine: Engine,
  options: TuneLoraOptions,
): Promise<LoraTuningResult> {
  const { queries, classes = 2, train, validation, signal } = options;
  const settings = { ...defaultLoraTuning, ...options.settings };
  const { seed, prototypesPerClass: perClass, temperature } = settings;
  checkLoraTuning(settings);
  rateBySteps(settings);
  checkTuningUsers(
    { train: counted(train), ...(validation && { validation: counted(validation) }) },
    { classes, what: 'adapter tuning' },
  );
  const { labels } = train;
  const lora = loraOf(settings);
  const model = adaptedModel(options.model, { lora });
  const adapters = initialAdapters(model, seed);
  await using embedder = await compileAdaptedEmbedder(engine, { model, queries });
  const prototypes = initialPrototypes(await embedder.embed(train.tokens, { adapters, signal }), {
    labels,
    classes,
    perClass,
    seed,
  });
  await using program = await compileLoraSteps(engine, {
    model,
    queries,
    classes,
    temperature,
    adapters,
    prototypes,
  });
  const result = await tuningLoop<TunedPrompt>({
    settings,
    labels,
    classes,
    step: (users, schedule) => program.step({ tokens: train.tokens, ...users }, schedule),
    read: async () => {
      const now = await program.read();
      return {
        queries,
        prompts: noPrompts(model.config.decoder.width),
        adapters: { lora, adapters: now.adapters },
        prototypes: now.prototypes,
        classes,
        temperature,
      };
    },
    ...(validation && {
      validationLoss: async (tuned) => {
        const { adapters: now } = tuned.adapters!;
        const embeddings = await embedder.embed(validation.tokens, { adapters: now, signal });
        return balancedLoss(embeddings, { labels: validation.labels, tuned });
      },
    }),
    onProgress: options.onProgress,
    signal,
  });
  return { ...result, settings };
}

const counted = ({ tokens, labels }: LoraTuningUsers) => ({ users: tokens.users, labels });

import type { Engine } from '@q-anchor/backend';
import type { Scenario } from '@q-anchor/core';
import { createEmbedder, type OpenedModel } from '@q-anchor/dual-tower';
import {
  encodePrefixes,
  fitScoring,
  modelIdentity,
  storedEmbeddings,
  tunePrompt,
  type PromptTuningSettings,
  type ScenarioScoring,
  type ScoringUsers,
  type ThresholdOptions,
  type TunedScenario,
  type TuningUsers,
} from '@q-anchor/prompt-tuning';
import type { Dataset, LabelledReference } from '@q-anchor/useru';

import type { CommandContext } from '../context.js';
import type { TuningLabels } from './tuning-labels.js';

/** What a scenario is tuned by. */
export interface TuneScenarioOptions {
  readonly model: OpenedModel;
  readonly scenario: Scenario;
  readonly labels: TuningLabels;
  readonly settings: Partial<PromptTuningSettings>;
  readonly thresholds: ThresholdOptions;
  readonly context: Pick<CommandContext, 'progress' | 'signal'>;
}

/** A tuned scenario, and what it took. */
export interface TuningOutcome {
  readonly artefact: TunedScenario & { readonly scoring: ScenarioScoring };
  /** Steps done, and the one that was kept. */
  readonly steps: number;
  readonly bestStep: number;
  /** Loss of the validation users at the start and at the step that was kept. */
  readonly validationLoss: { readonly untuned: number; readonly tuned: number };
  /** Losses of the validation users by step, the first before tuning. */
  readonly validationLosses: readonly { readonly step: number; readonly loss: number }[];
  /** Seconds in all, in reading prefixes, and in fitting probe and calibrations. */
  readonly seconds: number;
  readonly prefixSeconds: number;
  readonly scoringSeconds: number;
}

/** Users read at a time. */
const batchUsers = 512;

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** Tunes one scenario: reads its users, tunes prompts and prototypes, fits scores. */
export async function tuneScenario(
  engine: Engine,
  dataset: Dataset,
  options: TuneScenarioOptions,
): Promise<TuningOutcome> {
  const { model, scenario, labels, context } = options;
  const { signal } = context;
  const started = performance.now();
  const encoding = context.progress(`Encoding for ${scenario.name}`, { unit: 'users' });
  const usersOf = async (references: readonly LabelledReference[]): Promise<TuningUsers> => {
    const profiles = dataset.profiles(references, { batchSize: batchUsers, signal });
    const onProgress = (done: number): void => encoding.update(done, references.length);
    const prefixes = await encodePrefixes(engine, { model, profiles, onProgress, signal });
    signal.throwIfAborted();
    return { prefixes, labels: references.map(({ label }) => label) };
  };
  const users = await (async () => ({
    train: await usersOf(labels.train),
    validation: await usersOf(labels.validation),
  }))().finally(() => encoding.stop());
  const prefixSeconds = secondsSince(started);
  const tuning = context.progress(`Tuning ${scenario.name}`, { unit: 'steps' });
  const result = await tunePrompt(engine, {
    model,
    query: scenario.queries[0]!,
    ...users,
    settings: options.settings,
    signal,
    onProgress: ({ step, steps, loss }) => tuning.update(step, steps, `loss ${loss.toFixed(3)}`),
  }).finally(() => tuning.stop());
  signal.throwIfAborted();
  const { tuned, settings, steps, bestStep, validationLosses } = result;
  const scoringStarted = performance.now();
  await using embedder = await createEmbedder(engine, model);
  const embedded = async (split: keyof TuningLabels): Promise<ScoringUsers> => ({
    embeddings: await storedEmbeddings(embedder, { asked: tuned, ...users[split], signal }),
    labels: users[split].labels,
    ...foldsOf(labels, split),
  });
  const scoring = fitScoring({
    tuned,
    train: await embedded('train'),
    validation: await embedded('validation'),
    ...options.thresholds,
    seed: settings.seed,
  });
  const lossAt = (step: number): number => validationLosses.find((one) => one.step === step)!.loss;
  const { name, digest } = dataset.info;
  const counts = { users: labels.train.length, validationUsers: labels.validation.length };
  return {
    artefact: {
      ...tuned,
      scenario: scenario.name,
      model: modelIdentity(model),
      carried: [],
      dataset: { name, digest },
      training: { ...settings, ...counts, stepsDone: steps, bestStep },
      scoring,
    },
    steps,
    bestStep,
    validationLoss: { untuned: lossAt(0), tuned: lossAt(bestStep) },
    validationLosses,
    seconds: secondsSince(started),
    prefixSeconds,
    scoringSeconds: secondsSince(scoringStarted),
  };
}

/** Folds choose a probe's strength where all known users have one, as in an evaluation. */
function foldsOf(
  { train, validation }: TuningLabels,
  split: keyof TuningLabels,
): Pick<ScoringUsers, 'folds'> {
  if (![...train, ...validation].every(({ fold }) => fold !== undefined)) return {};
  return { folds: (split === 'train' ? train : validation).map(({ fold }) => fold!) };
}

import type { Engine } from '@q-anchor/backend';
import type { Scenario } from '@q-anchor/core';
import type { OpenedModel } from '@q-anchor/dual-tower';
import {
  fitScoring,
  modelIdentity,
  type ScenarioScoring,
  type ScoringUsers,
  type ThresholdOptions,
  type TunedScenario,
} from '@q-anchor/prompt-tuning';
import type { Dataset } from '@q-anchor/useru';

import type { CommandContext } from '../context.js';
import type { Progress } from '../display/progress.js';
import type { PrefixReader } from './prefix-reader.js';
import { tuneByMethod, type MethodOutcome, type SplitUsers } from './tune-by-method.js';
import type { TuningLabels } from './tuning-labels.js';
import type { TuningMethod } from './tuning-method.js';

/** What a scenario is tuned by. */
export interface TuneScenarioOptions {
  readonly model: OpenedModel;
  readonly scenario: Scenario;
  readonly labels: TuningLabels;
  readonly method: TuningMethod;
  readonly prefixes: PrefixReader;
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
  /** Seconds in all, in reading prefixes that the scenario before did not have, and in fitting probe and calibrations. */
  readonly seconds: number;
  readonly prefixSeconds: number;
  readonly scoringSeconds: number;
}

/** Users read at a time. */
const batchUsers = 512;

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** Tunes one scenario: reads its users, tunes prompts or adapters with prototypes, fits scores. */
export async function tuneScenario(
  engine: Engine,
  dataset: Dataset,
  options: TuneScenarioOptions,
): Promise<TuningOutcome> {
  const { model, scenario, labels, method, context } = options;
  const { signal } = context;
  const started = performance.now();
  let tuning: Progress | undefined;
  const usersOf = (split: keyof TuningLabels): SplitUsers => ({
    profiles: dataset.profiles(labels[split], { batchSize: batchUsers, signal }),
    prefixes: (onUsers) => options.prefixes.read(split, labels[split], onUsers),
    labels: labels[split].map(({ label }) => label),
    progress: () =>
      context.progress(`Encoding ${split} users for ${scenario.name}`, { unit: 'users' }),
  });
  const users = { train: usersOf('train'), validation: usersOf('validation') };
  const result = await tuneByMethod(engine, method, {
    model,
    queries: scenario.queries,
    ...users,
    onProgress: ({ step, steps, loss }) => {
      tuning ??= context.progress(`Tuning ${scenario.name}`, { unit: 'steps' });
      tuning.update(step, steps, `loss ${loss.toFixed(3)}`);
    },
    signal,
  }).finally(() => tuning?.stop());
  signal.throwIfAborted();
  const { tuned, settings, steps, bestStep, validationLosses, prefixSeconds } = result;
  const scoringStarted = performance.now();
  const embeddings = await result.embeddings();
  const scoredUsers = (split: keyof TuningLabels): ScoringUsers => ({
    embeddings: embeddings[split],
    labels: users[split].labels,
    ...foldsOf(labels, split),
  });
  const scoring = fitScoring({
    tuned,
    train: scoredUsers('train'),
    validation: scoredUsers('validation'),
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
      training: { ...writtenSettings(settings), ...counts, stepsDone: steps, bestStep },
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

/** Settings as an artefact keeps them, for people. */
const writtenSettings = (
  settings: MethodOutcome['settings'],
): Readonly<Record<string, number | string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]: [string, number | string | readonly string[]]) => [
      key,
      typeof value === 'object' ? value.join(',') : value,
    ]),
  );

/** Folds choose a probe's strength where all known users have one, as in an evaluation. */
function foldsOf(
  { train, validation }: TuningLabels,
  split: keyof TuningLabels,
): Pick<ScoringUsers, 'folds'> {
  if (![...train, ...validation].every(({ fold }) => fold !== undefined)) return {};
  return { folds: (split === 'train' ? train : validation).map(({ fold }) => fold!) };
}

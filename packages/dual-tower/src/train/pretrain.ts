import { createRandom, InputError } from '@q-anchor/core';
import type { Engine, Tensors, Weights } from '@q-anchor/backend';
import { warmupCosineRate } from '@q-anchor/graph';
import type { CollateUsersOptions, EventEmbeddingCache } from '@q-anchor/user-tokens';

import type { ExampleBatch } from '../batch/collate-examples.js';
import { baseDigest } from '../checkpoint/base-digest.js';
import { createFrozenTexts } from '../embed/frozen-texts.js';
import type { DualTowerConfig } from '../model/config.js';
import { batchOrder, type ExampleSource, type SamplingOptions } from './examples.js';
import { dualTowerObjective, type TrainingObjective } from './objective.js';
import {
  compileSteps,
  defaultOptimiser,
  type OptimiserConfig,
  type StepReport,
} from './step-programs.js';

/** Settings of a pre-training run. */
export interface PretrainSettings extends SamplingOptions {
  /** Optimiser steps in all; 0 leaves the start values as they are. */
  readonly steps: number;
  /** Highest learning rate. */
  readonly peakRate: number;
  /** Steps of the linear rise to it. */
  readonly warmupSteps: number;
  /** Micro-batches a step, each of `batchUsers` users. Default 1. */
  readonly microBatches?: number;
  /** Optimiser constants. Default the published ones. */
  readonly optimiser?: OptimiserConfig;
  /** Tokens kept of an answer. */
  readonly maxAnswerTokens?: number;
  /** Steps between checkpoints; none by default. */
  readonly checkpointSteps?: number;
}

/** A step as it is reported. */
export interface PretrainProgress extends StepReport {
  /** Steps done. */
  readonly step: number;
  /** Steps in all. */
  readonly steps: number;
  /** Its learning rate. */
  readonly learningRate: number;
  /** Query-answer pairs in the step. */
  readonly pairs: number;
  /** Tokens in the step, padding counted. */
  readonly tokens: number;
  /** Seconds the step took. */
  readonly seconds: number;
}

/** Where a run stands: enough to go on with it bit by bit as if it had not stopped. */
export interface TrainingCheckpoint {
  /** Steps done. */
  readonly step: number;
  /** Trained parameters and optimiser moments; what is frozen isn't among them. */
  readonly state: Tensors;
  /** Digest of what is frozen, where anything is. */
  readonly base?: string | undefined;
}

/** What {@link pretrain} is given. */
export interface PretrainOptions {
  /** Where to run. */
  readonly engine: Engine;
  /** The model. */
  readonly config: DualTowerConfig;
  /**
   * Start values of all parameters; when resuming, a checkpoint's state beside what is frozen. What is
   * frozen may be left in files, for the engine to map.
   */
  readonly initial: Weights;
  /** Steps already done, when resuming. Default 0. */
  readonly firstStep?: number;
  /** Training examples. */
  readonly source: ExampleSource;
  /** Tokenizers and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config' | 'textEmbedding'>;
  /** The run's settings. */
  readonly settings: PretrainSettings;
  /** What is minimised. Default {@link dualTowerObjective}. */
  readonly objective?: TrainingObjective;
  /** Embeddings of event texts kept where the text encoder is frozen. Default 100,000. */
  readonly maxCachedTexts?: number;
  /** Called after each step. */
  readonly onProgress?: (progress: PretrainProgress) => void;
  /** Called with the state every `checkpointSteps` steps. */
  readonly onCheckpoint?: (checkpoint: TrainingCheckpoint) => Promise<void>;
  /** Stops the run after the step in progress. */
  readonly signal?: AbortSignal;
}

/** Where a run ended: all steps done, or stopped by the signal. */
export interface PretrainResult extends TrainingCheckpoint {
  /** Whether all steps were done. */
  readonly isComplete: boolean;
}

/**
 * Pre-trains a dual tower: batches of users with packed pairs, warm-up and cosine rate, AdamW. With
 * another objective the same loop trains its parts for something else.
 *
 * The next batch is collated while the engine computes. Where the text encoder is frozen, each event
 * text is embedded once and found again by its content. Every draw depends on the seed and the step's
 * number only, so that a run resumed from a checkpoint equals one that was not stopped.
 *
 * @throws {@link InputError} if there are no examples, a setting is out of range, or a sequence is
 *   longer than the decoder's positions
 */
export async function pretrain(options: PretrainOptions): Promise<PretrainResult> {
  const { engine, config, initial, firstStep = 0, source, settings, signal } = options;
  const { steps, microBatches = 1, optimiser = defaultOptimiser, checkpointSteps } = settings;
  if (source.count === 0) {
    throw new InputError({
      where: 'pre-training',
      expected: 'at least one user with pairs',
      found: 'none',
      fix: 'Build pairs first',
    });
  }
  checkSettings(settings);
  const base = await baseDigest(config, initial);
  const { objective = dualTowerObjective } = options;
  const { losses } = objective;
  const model = { config, initial, losses };
  await using programs = await compileSteps(engine, { ...model, optimiser, microBatches });
  const { collate, maxCachedTexts: maxEntries } = options;
  const given = { config, parameters: initial, collate, maxEntries };
  await using texts = await createFrozenTexts(engine, given);
  const batches = batchMaker({ ...options, objective }, texts?.cache);
  const batchesOf = (step: number): Promise<ExampleBatch[]> => {
    const made = Promise.all(
      Array.from({ length: microBatches }, (_, i) => batches(step * microBatches + i)),
    );
    // It may fail while the engine computes, before it is awaited; it is thrown where it is.
    made.catch(() => undefined);
    return made;
  };

  const isAborted = (): boolean => signal?.aborted === true;
  let step = firstStep;
  let next = step < steps ? batchesOf(step) : undefined;
  while (step < steps && !isAborted()) {
    const started = performance.now();
    const current = await next!;
    const learningRate = rateOf(step, settings);
    const running = programs.step(
      current.map((batch) => batch.feeds),
      { learningRate, step: step + 1, seed: settings.seed },
    );
    next = step + 1 < steps ? batchesOf(step + 1) : undefined;
    const report = await running;
    step++;
    const total = (key: 'pairs' | 'tokens'): number =>
      current.reduce((sum, batch) => sum + batch[key], 0);
    options.onProgress?.({
      ...report,
      step,
      steps,
      learningRate,
      pairs: total('pairs'),
      tokens: total('tokens'),
      seconds: (performance.now() - started) / 1000,
    });
    if (checkpointSteps && step % checkpointSteps === 0 && step < steps) {
      await options.onCheckpoint?.({ step, state: await programs.state.read(), base });
    }
  }
  await next?.catch(() => undefined);
  return { step, state: await programs.state.read(), base, isComplete: step >= steps };
}

function checkSettings(settings: PretrainSettings): void {
  const { steps, batchUsers, microBatches = 1, bucketBatches = 1, checkpointSteps = 1 } = settings;
  const counts = { steps, batchUsers, microBatches, bucketBatches, checkpointSteps };
  for (const [key, value] of Object.entries(counts)) {
    const least = key === 'steps' ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new InputError({
      where: `pre-training, ${key}`,
      expected: `an integer from ${least} on`,
      found: `${value}`,
    });
  }
  // Its own check of warm-up and length, before anything is compiled.
  rateOf(0, settings);
}

const rateOf = (step: number, settings: PretrainSettings): number =>
  warmupCosineRate(step, {
    warmupSteps: settings.warmupSteps,
    totalSteps: settings.steps,
    peak: settings.peakRate,
  });

function batchMaker(
  {
    config,
    source,
    settings,
    collate,
    objective,
  }: PretrainOptions & { readonly objective: TrainingObjective },
  cache: EventEmbeddingCache | undefined,
): (batch: number) => Promise<ExampleBatch> {
  const order = batchOrder(source, settings);
  const { pairsPerUser, maxAnswerTokens } = settings;
  return async (batch) => {
    const examples = await source.load(order(batch));
    const random = createRandom(settings.seed).fork('pairs').fork(batch);
    const model = { config, collate, cache };
    return objective.batch(examples, { ...model, pairsPerUser, maxAnswerTokens, random });
  };
}

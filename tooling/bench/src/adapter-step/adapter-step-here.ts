import { createOnnxEngine } from '@q-anchor/backend';
import {
  collateExamples,
  compileSteps,
  dualTowerParameters,
  initialDualTower,
  openBackbone,
  pairInputNames,
  trainedParameters,
  type Backbone,
  type DualTowerConfig,
} from '@q-anchor/dual-tower';
import { fitValueScales, modalityNames, userSpecialTokens } from '@q-anchor/user-tokens';

import { largestMB } from '../measure/largest-size.js';
import { median } from '../median.js';
import { untrainedConfig } from '../untrained-config.js';
import { stepExamples, stepModalities, tokenSplit } from './step-examples.js';

/** What training steps of adapters are taken on. */
export interface AdapterStepTask {
  /** A decoder in Hugging Face's form. */
  readonly directory: string;
  /** Users a step. */
  readonly batch: number;
  /** Tokens of a user's sequence: prefix, queries and answers. */
  readonly tokens: number;
  /** Rank of the adapters. */
  readonly rank: number;
  /** Steps, all on one batch. */
  readonly steps: number;
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
}

/** What training steps of adapters took. */
export interface AdapterStepResult {
  /** Numbers that are trained, and those of the whole model. */
  readonly trainedValues: number;
  readonly values: number;
  /** Tokens of a user's prefix, of a user's sequence, and of the batch, answers alone among them. */
  readonly prefixTokens: number;
  readonly sequenceTokens: number;
  readonly batchTokens: number;
  /** Largest resident size before, with the step compiled, and after all steps, in MB. */
  readonly baseMB: number;
  readonly compiledMB: number;
  readonly peakMB: number;
  /** Seconds from the first look at the files to the compiled step. */
  readonly compileSeconds: number;
  /** Seconds of the first step, and the median of the later ones; null if there is none. */
  readonly firstStepSeconds: number;
  readonly stepSeconds: number | null;
  /** Loss of each step. */
  readonly losses: readonly number[];
}

const seed = 1;
const learningRate = 1e-4;

/** The linear maps of a decoder's layer. */
const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

/** A batch of made-up users whose sequences have exactly so many tokens. */
async function stepBatch(
  backbone: Backbone,
  { config, batch, tokens }: { config: DualTowerConfig; batch: number; tokens: number },
) {
  const { tokenizer, headerIds } = backbone;
  const fixedTokens = headerIds.length + 1 + 3 * modalityNames(config.users).length;
  const split = tokenSplit(tokens, fixedTokens);
  const examples = stepExamples(batch, split, { tokenizer, seed });
  const collated = await collateExamples(examples, {
    config: { ...config, maxQueryTokens: split.textTokens },
    collate: {
      tokenizer,
      headerIds,
      valueScales: fitValueScales(examples.map(({ profile }) => profile)),
    },
    maxAnswerTokens: split.textTokens,
  });
  return { ...collated, prefixTokens: fixedTokens + split.events };
}

/**
 * Compiles the training step of adapters on a decoder whose weights stay in their files, and takes
 * some steps on one batch, in this process.
 *
 * @throws {@link @q-anchor/core#InputError} if the directory is no decoder's, or the tokens are too few
 */
export async function adapterStepHere(task: AdapterStepTask): Promise<AdapterStepResult> {
  const { directory, batch, tokens, rank, steps, threads } = task;
  const baseMB = largestMB();
  const startedAt = performance.now();
  const backbone = await openBackbone(directory, {
    specialTokens: userSpecialTokens(stepModalities.map(({ name }) => name)),
    isAdapted: true,
    seed,
  });
  const config = untrainedConfig(backbone, {
    decoder: backbone.decoder,
    lora: { rank, alpha: rank / 2, dropout: 0.1, targets },
  });
  const {
    feeds,
    tokens: batchTokens,
    prefixTokens,
  } = await stepBatch(backbone, {
    config,
    batch,
    tokens,
  });
  await using engine = createOnnxEngine(threads === undefined ? {} : { threads });
  const given = await backbone.storedWeights();
  const initial = initialDualTower(config, seed, { given });
  await using programs = await compileSteps(engine, { config, initial });
  const compileSeconds = (performance.now() - startedAt) / 1000;
  const compiledMB = largestMB();

  const losses: number[] = [];
  const seconds: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const stepAt = performance.now();
    const { loss } = await programs.step([feeds], { learningRate, step, seed });
    seconds.push((performance.now() - stepAt) / 1000);
    losses.push(loss);
  }
  const [firstStepSeconds, ...later] = seconds;
  const specs = dualTowerParameters(config);
  const valuesIn = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + specs[name]!.shape.reduce((a, b) => a * b, 1), 0);
  return {
    trainedValues: valuesIn(trainedParameters(config)),
    values: valuesIn(Object.keys(specs)),
    prefixTokens,
    sequenceTokens: prefixTokens + feeds[pairInputNames.tokens]!.shape[1]!,
    batchTokens,
    baseMB,
    compiledMB,
    peakMB: largestMB(),
    compileSeconds,
    firstStepSeconds: firstStepSeconds!,
    stepSeconds: later.length > 0 ? median(later) : null,
    losses,
  };
}

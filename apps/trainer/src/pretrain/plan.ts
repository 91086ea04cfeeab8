import { dualTowerParameters, trainedParameters } from '@q-anchor/dual-tower';
import { modalityNames } from '@q-anchor/user-tokens';

import type { ExampleStore } from '../data/example-store.js';
import type { Hyperparameters } from '../presets/hyperparameters.js';
import type { PreparedModel } from './prepare.js';

/** What a run will take, before it takes it. */
export interface PretrainPlan {
  /** Numbers in the model, and those of them that training changes. */
  readonly parameters: number;
  readonly trainedParameters: number;
  /** Training reference points and their pairs. */
  readonly trainUsers: number;
  readonly trainPairs: number;
  /** Steps, and how often each user is seen in them. */
  readonly steps: number;
  readonly epochs: number;
  /** Tokens of a prefix, a pair's suffix and its answer, on average over a sample. */
  readonly prefixTokens: number;
  readonly suffixTokens: number;
  readonly answerTokens: number;
  /** Tokens of a step and of the run, padding not counted. */
  readonly stepTokens: number;
  readonly runTokens: number;
  /** Longest prefix, in tokens. */
  readonly longestPrefix: number;
  /** Rough peak memory of training, in MB. */
  readonly memoryMB: number;
}

/** Users looked at for mean lengths. */
const sampleUsers = 200;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Numbers in some parameters of a model, all by default. */
function parameterCount({ config }: PreparedModel, names?: readonly string[]): number {
  const specs = dualTowerParameters(config);
  return (names ?? Object.keys(specs)).reduce(
    (sum, name) => sum + specs[name]!.shape.reduce((a, b) => a * b, 1),
    0,
  );
}

/** All pairs of a store. */
function pairCount(store: ExampleStore): number {
  let count = 0;
  for (let index = 0; index < store.count; index++) count += store.pairs(index).length;
  return count;
}

/** Plans a run: sizes, tokens, and a rough estimate of memory. */
export function pretrainPlan(
  train: ExampleStore,
  options: { readonly model: PreparedModel; readonly hyperparameters: Hyperparameters },
): PretrainPlan {
  const { model, hyperparameters: h } = options;
  const lengths = meanLengths(train, options);
  const users = Math.min(h.batchUsers, train.count);
  const pairs = users * (h.futurePairs + h.uqaPairs);
  const batchTokens =
    users * lengths.prefixTokens + pairs * (lengths.suffixTokens + lengths.answerTokens);
  const stepTokens = batchTokens * h.microBatches;
  const parameters = parameterCount(model);
  const trained = parameterCount(model, trainedParameters(model.config));
  let mostEvents = 0;
  for (let index = 0; index < train.count; index++) {
    mostEvents = Math.max(mostEvents, train.events(index));
  }
  const longestPrefix = fixedTokens(model) + mostEvents;
  return {
    parameters,
    trainedParameters: trained,
    trainUsers: train.count,
    trainPairs: pairCount(train),
    steps: h.steps,
    epochs: (h.steps * h.microBatches * users) / train.count,
    ...lengths,
    longestPrefix,
    stepTokens,
    runTokens: stepTokens * h.steps,
    memoryMB: memoryMB({ parameters, trained, users, pairs, longestPrefix, lengths }, h),
  };
}

/** Prefix tokens of a user beside the events. */
const fixedTokens = ({ config, collate: { headerIds = [] } }: PreparedModel): number =>
  headerIds.length + 1 + 3 * modalityNames(config.users).length;

function meanLengths(
  train: ExampleStore,
  {
    model,
    hyperparameters,
  }: { readonly model: PreparedModel; readonly hyperparameters: Hyperparameters },
): Pick<PretrainPlan, 'prefixTokens' | 'suffixTokens' | 'answerTokens'> {
  const { tokenizer } = model.collate;
  const stride = Math.max(1, Math.floor(train.count / sampleUsers));
  const sample = [...Array(train.count).keys()].filter((index) => index % stride === 0);
  const fixed = fixedTokens(model);
  const pairs = sample.flatMap((index) => train.pairs(index));
  const capped = (text: string, cap: number): number =>
    Math.min(tokenizer.encode(text).length, cap);
  const queryTokens = meanOf(
    pairs.map(({ query }) => capped(query, hyperparameters.maxQueryTokens)),
  );
  const answerTokens = meanOf(
    pairs.map(({ answer }) => capped(answer, hyperparameters.maxAnswerTokens)),
  );
  return {
    prefixTokens: fixed + meanOf(sample.map((index) => train.events(index))),
    suffixTokens: queryTokens + 1 + answerTokens,
    answerTokens: answerTokens + 1,
  };
}

/**
 * Trained parameters with two moments, each with a spare buffer, and gradients; others as they are
 * read, as the engine maps them, and once for each direction as it packs them; then, for a batch of the
 * longest users: per token and layer the activations kept for the backward pass, attention scores
 * and their gradients, logits of the answers. Kernels' own scratch comes on top, so this tells the
 * order of magnitude.
 */
function memoryMB(
  batch: {
    readonly parameters: number;
    readonly trained: number;
    readonly users: number;
    readonly pairs: number;
    readonly longestPrefix: number;
    readonly lengths: Pick<PretrainPlan, 'suffixTokens' | 'answerTokens'>;
  },
  h: Hyperparameters,
): number {
  const { parameters, trained, users, pairs, longestPrefix, lengths } = batch;
  const sequence = longestPrefix + (pairs / users) * lengths.suffixTokens;
  const tokens = users * sequence + pairs * lengths.answerTokens;
  const states = 7 * trained + 4 * (parameters - trained);
  const activations = tokens * h.layers * (12 * h.width + 5 * h.feedForward);
  const scores = 3 * users * h.layers * h.heads * sequence ** 2;
  const logits = 2 * pairs * lengths.answerTokens * h.vocabulary;
  return Math.round((4 * (states + activations + scores + logits)) / 1e6);
}

const round = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A plan in lines. */
export function planText(plan: PretrainPlan): string {
  return [
    `parameters       ${round(plan.parameters)}` +
      (plan.trainedParameters === plan.parameters
        ? ''
        : `, ${round(plan.trainedParameters)} of them trained`),
    `training users   ${round(plan.trainUsers)} reference points, ${round(plan.trainPairs)} pairs`,
    `steps            ${round(plan.steps)}, ${plan.epochs.toFixed(1)} epochs`,
    `tokens a user    ${round(plan.prefixTokens)} prefix (at most ${round(plan.longestPrefix)}), ` +
      `${round(plan.suffixTokens)} a suffix, ${round(plan.answerTokens)} an answer`,
    `tokens a step    ${round(plan.stepTokens)}`,
    `tokens in all    ${round(plan.runTokens)}`,
    `memory           about ${round(plan.memoryMB)} MB`,
  ].join('\n');
}

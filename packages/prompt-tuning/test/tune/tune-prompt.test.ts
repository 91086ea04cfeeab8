import { createOnnxEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createEmbedder, meanEmbedding, type DualTowerModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import {
  encodePrefixes,
  prototypeLikelihoods,
  prototypeScores,
  storedEmbeddings,
  tableOf,
  tunePrompt,
  type PromptTuningProgress,
  type TunedPrompt,
  type TunePromptOptions,
} from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { compilePromptSteps } from '../../src/tune/step-program.js';
import { asking, lora, query, relativeError, simulatedUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = tinyModel();
const settings = { steps: 60, warmupSteps: 5, batchUsers: 32, evaluationSteps: 10, peakRate: 0.02 };

const encoded = async (seed: number, { of = model, count = 240, positives = 0.5 } = {}) => {
  const { profiles, labels } = simulatedUsers(seed, { count, positives });
  return { prefixes: await encodePrefixes(engine, { model: of, profiles: [profiles] }), labels };
};
const train = await encoded(11);
const validation = await encoded(12);

const tune = (options: Partial<TunePromptOptions> = {}) =>
  tunePrompt(engine, { model, queries: [query], train, validation, settings, ...options });

const numbers = ({ prompts, prototypes }: TunedPrompt): number[] => [
  ...(prompts.data as Float32Array),
  ...(prototypes.data as Float32Array),
];

/** Share of pairs of a positive and a negative in the right order. */
async function validationAuc(tuned: TunedPrompt, by = model): Promise<number> {
  await using embedder = await createEmbedder(engine, by);
  const embeddings = await storedEmbeddings(embedder, { asked: tuned, ...validation });
  const scores = prototypeScores(embeddings, tableOf(tuned));
  const of = (label: number): number[] =>
    validation.labels.flatMap((own, i) => (own === label ? [scores[i]!] : []));
  const wins = of(1).flatMap((a) => of(0).map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

describe('a small world', async () => {
  const progress: PromptTuningProgress[] = [];
  const before = Object.values(model.parameters).map(({ data }) => data.slice());
  const embedder = await createEmbedder(engine, model);
  const { profiles } = simulatedUsers(13, { count: 5 });
  const untouched = await embedder.embed(profiles, [query]);
  const result = await tune({ onProgress: (report) => progress.push(report) });

  test('the loss falls, of training and of validation users', () => {
    const mean = (part: readonly PromptTuningProgress[]): number =>
      part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(progress).toHaveLength(60);
    expect(mean(progress.slice(-10))).toBeLessThan(0.75 * mean(progress.slice(0, 10)));
    const [start] = result.validationLosses;
    const best = result.validationLosses.find(({ step }) => step === result.bestStep);
    expect(start!.step).toBe(0);
    expect(best!.loss).toBeLessThan(0.8 * start!.loss);
  });

  test('the prototypes tell unseen users apart', async () => {
    expect(await validationAuc(result.tuned)).toBeGreaterThan(0.8);
  });

  test('nothing but prompts and prototypes moves: the model is bit-equal', async () => {
    expect(Object.values(model.parameters).map(({ data }) => data)).toEqual(before);
    expect(await embedder.embed(profiles, [query])).toEqual(untouched);
    await using fresh = await createEmbedder(engine, model);
    expect(await fresh.embed(profiles, [query])).toEqual(untouched);
  });

  test('both move', async () => {
    const start = await tune({
      settings: { ...settings, steps: 1, warmupSteps: 1, peakRate: 1e-12 },
    });
    for (const key of ['prompts', 'prototypes'] as const) {
      const [a, b] = [start.tuned[key].data, result.tuned[key].data] as Float32Array[];
      expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeGreaterThan(0.01);
    }
    expect(start.tuned.prompts.shape).toEqual([6, 16]);
    expect(start.tuned.prototypes.shape).toEqual([2, 8]);
  });

  test('the same seed gives the same bits, another one others', async () => {
    expect(numbers((await tune()).tuned)).toEqual(numbers(result.tuned));
    const other = await tune({ settings: { ...settings, seed: 2 } });
    expect(numbers(other.tuned)).not.toEqual(numbers(result.tuned));
  });

  test('the engine holds nothing afterwards', async () => {
    const own = createOnnxEngine({ threads: 1 });
    await tunePrompt(own, {
      model,
      queries: [query],
      train,
      settings: { ...settings, steps: 2, warmupSteps: 1 },
    });
    expect(await own.liveCounts()).toMatchObject({ programs: 0, states: 0 });
    await own[Symbol.asyncDispose]();
  });
});

test('a model with adapters; no dropout in tuning', async () => {
  const of: DualTowerModel = tinyModel(3, { lora });
  const users = await encoded(11, { of });
  const short = { ...settings, steps: 20 };
  const one = await tunePrompt(engine, {
    model: of,
    queries: [query],
    train: users,
    settings: short,
  });
  const two = await tunePrompt(engine, {
    model: of,
    queries: [query],
    train: users,
    settings: short,
  });
  expect(numbers(one.tuned)).toEqual(numbers(two.tuned));
});

describe.each([
  ['several questions', model],
  ['several questions, each in the input of its embedding token', asking(model)],
])('%s', async (_, of) => {
  const queries = [query, '', 'pizza'];
  const { tuned } = await tune({ model: of, queries });

  test('are asked behind the same prompts, and their mean is tuned', async () => {
    expect(tuned.queries).toEqual(queries);
    expect(await validationAuc(tuned, of)).toBeGreaterThan(0.8);
    await using embedder = await createEmbedder(engine, of);
    const embeddingsOf = async (asked: TunedPrompt): Promise<Float32Array> =>
      storedEmbeddings(embedder, { asked, ...validation });
    const [mean, ...each] = await Promise.all(
      [queries, ...queries.map((one) => [one])].map((some) =>
        embeddingsOf({ ...tuned, queries: some }),
      ),
    );
    const { dimensions } = embedder;
    for (let user = 0; user < validation.labels.length; user++) {
      const [start, end] = [user * dimensions, (user + 1) * dimensions];
      const rows = each.flatMap((own) => [...own.subarray(start, end)]);
      const expected = meanEmbedding(Float32Array.from(rows), dimensions);
      expect(relativeError(mean!.subarray(start, end), expected)).toBeLessThan(1e-5);
    }
  });

  test('the loss of a step is that of the mean, and its gradient goes downhill', async () => {
    const { prompts, prototypes } = tuned;
    const options = { model: of, queries, classes: 2, temperature: 0.5, prototypes };
    const indices = [3, 1, 4, 15, 9];
    const labels = indices.map((index) => train.labels[index]!);
    const weights = indices.map(() => 1 / indices.length);
    const users = { prefixes: train.prefixes.batch(indices), labels, weights };
    const stepFrom = async (start: TensorData, learningRate: number) => {
      await using steps = await compilePromptSteps(engine, { ...options, prompts: start });
      const { loss } = await steps.step(users, { learningRate, step: 1 });
      return { loss, after: (await steps.read()).prompts };
    };
    const { loss, after } = await stepFrom(prompts, 0.01);
    await using embedder = await createEmbedder(engine, of);
    const rows = await embedder.embedAsked(
      users.prefixes,
      indices.map(() => queries.map((one) => ({ query: one, prompts }))),
    );
    const embeddings = Float32Array.from(
      rows.flatMap((row) => [...meanEmbedding(row, embedder.dimensions)]),
    );
    const likelihoods = prototypeLikelihoods(embeddings, tableOf({ ...tuned, temperature: 0.5 }));
    const expected = labels.map((label, i) => -likelihoods[2 * i + label]!);
    const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
    expect(loss).toBeCloseTo(mean, 5);
    const from = prompts.data as Float32Array;
    const moves = Array.from(from, (value, i) => (after.data as Float32Array)[i]! - value);
    const length = Math.hypot(...moves);
    const shifted = (size: number): TensorData => ({
      ...prompts,
      data: Float32Array.from(from, (value, i) => value + (size * moves[i]!) / length),
    });
    const forward = await stepFrom(shifted(0.05), 0);
    const backward = await stepFrom(shifted(-0.05), 0);
    expect(forward.loss).toBeLessThan(backward.loss);
  });
});

describe('rare positives', async () => {
  const rare = await encoded(21, { count: 200, positives: 0.05 });

  test.each(['batch', 'weights'] as const)(
    '%s: not all are taken for the frequent class',
    async (balance) => {
      const { tuned } = await tune({ train: rare, settings: { ...settings, balance } });
      expect(await validationAuc(tuned)).toBeGreaterThan(0.7);
    },
  );

  test('several prototypes a class', async () => {
    const { tuned } = await tune({ settings: { ...settings, prototypesPerClass: 3 } });
    expect(tuned.prototypes.shape).toEqual([6, 8]);
    expect(await validationAuc(tuned)).toBeGreaterThan(0.8);
  });
});

describe('stopping', () => {
  test('early, where validation users do not gain; the best step is kept', async () => {
    // Classes drawn by lot: all that can be learnt of them is wrong.
    const labels = train.labels.map((_, i) => (i * 7) % 2);
    const result = await tune({
      train: { ...train, labels },
      settings: { ...settings, steps: 400, peakRate: 0.05, patience: 2 },
    });
    expect(result.steps).toBeLessThan(400);
    expect(result.steps - result.bestStep).toBe(20);
    const losses = result.validationLosses.map(({ loss }) => loss);
    const best = result.validationLosses.find(({ step }) => step === result.bestStep);
    expect(best!.loss).toBe(Math.min(...losses));
  });

  test('never without validation users: the last step is kept', async () => {
    const { validation: _, ...rest } = { validation };
    const result = await tunePrompt(engine, {
      ...rest,
      model,
      queries: [query],
      train,
      settings: { ...settings, steps: 15 },
    });
    expect(result).toMatchObject({ steps: 15, bestStep: 15, validationLosses: [] });
  });

  test('by a signal: it rejects with the reason', async () => {
    const controller = new AbortController();
    const running = tune({
      signal: controller.signal,
      onProgress: ({ step }) => step === 3 && controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect((await engine.liveCounts()).states).toBe(0);
  });
});

describe('mistakes', () => {
  test.each([
    ['promptTokens', 0, /promptTokens: expected a positive integer/],
    ['steps', 1.5, /steps/],
    ['temperature', 0, /temperature: expected a positive number/],
    ['peakRate', Number.NaN, /peakRate/],
    ['warmupSteps', 1000, /warmupSteps/],
    ['prototypesPerClass', 121, /class 0: expected at least 121 users/],
  ])('%s of %d', async (key, value, message) => {
    const running = tune({ settings: { ...settings, [key]: value } });
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.toBeInstanceOf(InputError);
  });

  test('labels that do not fit', async () => {
    const of = (labels: readonly number[]) => tune({ train: { ...train, labels } });
    await expect(of([0, 1])).rejects.toThrow(/train users: expected 240 labels/);
    await expect(of(train.labels.map(() => 1))).rejects.toThrow(/none of class 0/);
    await expect(of(train.labels.map((label) => 2 * label))).rejects.toThrow(/classes from 0 to 1/);
  });

  test('a query longer than those of training', async () => {
    const long = Array(60).fill('rent').join(' ');
    await expect(tune({ queries: [query, long] })).rejects.toThrow(/at most 48 tokens/);
  });
});

import { createOnnxEngine } from '@q-anchor/backend';
import { createRandom, InputError } from '@q-anchor/core';
import { createEmbedder, meanEmbedding, type DualTowerModel } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import {
  adaptedEmbeddings,
  adaptedModel,
  createTunedEmbedder,
  encodePrefixes,
  encodeUserTokens,
  prototypeScores,
  storedEmbeddings,
  tableOf,
  tuneLora,
  type PromptTuningProgress,
  type TunedPrompt,
  type TuneLoraOptions,
} from '@q-anchor/prompt-tuning';
import { afterAll, describe, expect, test } from 'vitest';

import { balancedLoss } from '../../src/tune/balanced-loss.js';
import { compileLoraSteps, initialAdapters } from '../../src/lora/lora-steps.js';
import { asking, lora, query, relativeError, simulatedUsers, tinyModel } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const model = tinyModel();
const settings = { steps: 40, warmupSteps: 4, batchUsers: 32, evaluationSteps: 10, peakRate: 0.02 };

const encoded = async (seed: number, { of = model, count = 160 } = {}) => {
  const { profiles, labels } = simulatedUsers(seed, { count });
  const tokens = await encodeUserTokens(engine, { model: of, profiles: [profiles] });
  return { profiles, users: { tokens, labels } };
};
const train = await encoded(11);
const validation = await encoded(12);

const tune = (options: Partial<TuneLoraOptions> = {}) =>
  tuneLora(engine, {
    model,
    queries: [query],
    train: train.users,
    validation: validation.users,
    settings,
    ...options,
  });

const numbers = ({ adapters, prototypes }: TunedPrompt): number[] =>
  [...Object.values(adapters!.adapters), prototypes].flatMap(({ data }) => [
    ...(data as Float32Array),
  ]);

const before = Object.values(model.parameters).map(({ data }) => data.slice());
const progress: PromptTuningProgress[] = [];
const result = await tune({ onProgress: (report) => progress.push(report) });
const { tuned } = result;

/** Embeddings of the validation users by a model that has the adapters, from profiles. */
async function embedded(asked: TunedPrompt = tuned): Promise<Float32Array> {
  await using embedder = await createEmbedder(engine, adaptedModel(model, asked.adapters!));
  const rows = await embedder.embed(validation.profiles, [query]);
  return rows;
}

describe('a small world', () => {
  test('the loss falls, and tuned embeddings tell classes apart', async () => {
    const mean = (part: readonly PromptTuningProgress[]): number =>
      part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(progress.slice(-5))).toBeLessThan(0.8 * mean(progress.slice(0, 5)));
    const [start, ...later] = result.validationLosses;
    expect(Math.min(...later.map(({ loss }) => loss))).toBeLessThan(0.8 * start!.loss);
    const scores = prototypeScores(await embedded(), tableOf(tuned));
    const of = (label: number): number[] =>
      validation.users.labels.flatMap((own, i) => (own === label ? [scores[i]!] : []));
    const wins = of(1).flatMap((a) => of(0).map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
    expect(wins.reduce((sum, win) => sum + win, 0) / wins.length).toBeGreaterThan(0.9);
  });

  test('has factors of rank 4 on queries and values, no prompts; the model is bit-equal', () => {
    const { adapters, lora: config } = tuned.adapters!;
    expect(config).toEqual({ rank: 4, alpha: 8, targets: ['q_proj', 'v_proj'], dropout: 0 });
    expect(Object.keys(adapters)).toHaveLength(2 * 2 * model.config.decoder.layers);
    expect(tuned.prompts.shape).toEqual([0, 16]);
    expect(Object.values(model.parameters).map(({ data }) => data)).toEqual(before);
  });

  test('the loss of the step that was kept is that of whole sequences embedded from profiles', async () => {
    const { labels } = validation.users;
    const embeddings = await embedded();
    const loss = balancedLoss(embeddings, { labels, tuned });
    const tokens = [validation.users.tokens];
    const [stored] = await adaptedEmbeddings(engine, { model, asked: tuned, tokens });
    expect(relativeError(stored!, embeddings)).toBeLessThan(1e-5);
    const kept = result.validationLosses.find(({ step }) => step === result.bestStep)!;
    expect(Math.abs(loss - kept.loss)).toBeLessThan(1e-4);
  });

  test('the same seed gives the same bits, another one others', async () => {
    const short = { ...settings, steps: 3, warmupSteps: 1 };
    const [a, b, other] = [
      await tune({ settings: short }),
      await tune({ settings: short }),
      await tune({ settings: { ...short, seed: 2 } }),
    ];
    expect(numbers(a.tuned)).toEqual(numbers(b.tuned));
    expect(numbers(other.tuned)).not.toEqual(numbers(a.tuned));
  });
});

test.each([
  ['hidden states', tinyModel(3, { embedding: 'hidden' })],
  ['of questions in the input of their token', asking(tinyModel(3, { embedding: 'hidden' }))],
])('a model whose embeddings are %s: tuned ones are those of the adapted model', async (_, of) => {
  const queries = [query, '', 'pizza'];
  const { tuned: asked } = await tune({
    model: of,
    queries,
    settings: { ...settings, steps: 3, warmupSteps: 1 },
  });
  expect(asked.prototypes.shape).toEqual([2, 16]);
  const tokens = [validation.users.tokens];
  const [stored] = await adaptedEmbeddings(engine, { model: of, asked, tokens });
  await using embedder = await createEmbedder(engine, adaptedModel(of, asked.adapters!));
  expect(embedder.dimensions).toBe(16);
  const each = await embedder.embed(validation.profiles, queries);
  const expected = Float32Array.from(
    validation.profiles.flatMap((_profile, i) => [
      ...meanEmbedding(each.subarray(i * 48, (i + 1) * 48), 16),
    ]),
  );
  expect(relativeError(stored!, expected)).toBeLessThan(1e-5);
});

test('a step goes downhill in each factor', async () => {
  const adapted = adaptedModel(model, {
    lora: { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj'] },
  });
  const random = createRandom(4);
  const adapters = Object.fromEntries(
    Object.entries(initialAdapters(adapted, 1)).map(
      ([name, { shape, data }]): [string, TensorData] => [
        name,
        {
          dtype: 'float32',
          shape,
          data: Float32Array.from(data as Float32Array, () => random.normal()),
        },
      ],
    ),
  );
  const dimensions = model.config.head.output;
  const prototypes: TensorData = {
    dtype: 'float32',
    shape: [2, dimensions],
    data: Float32Array.from({ length: 2 * dimensions }, () => random.normal()),
  };
  const { tokens, labels } = train.users;
  const indices = Array.from({ length: 12 }, (_, i) => 7 * i);
  const step = {
    tokens,
    indices,
    labels: indices.map((index) => labels[index]!),
    weights: indices.map(() => 1 / indices.length),
  };
  const stepFrom = async (start: Record<string, TensorData>, learningRate: number) => {
    const options = { model: adapted, queries: [query], classes: 2, temperature: 0.5 };
    await using steps = await compileLoraSteps(engine, { ...options, adapters: start, prototypes });
    const { loss } = await steps.step(step, { learningRate, step: 1 });
    return { loss, after: (await steps.read()).adapters };
  };
  const { after } = await stepFrom(adapters, 0.01);
  for (const name of Object.keys(adapters)) {
    const start = adapters[name]!;
    const from = start.data as Float32Array;
    const to = after[name]!.data as Float32Array;
    const moves = Array.from(from, (value, i) => to[i]! - value);
    const length = Math.hypot(...moves);
    const shifted = (size: number): Record<string, TensorData> => ({
      ...adapters,
      [name]: {
        ...start,
        data: Float32Array.from(from, (value, i) => value + (size * moves[i]!) / length),
      },
    });
    const [forward, backward] = [
      await stepFrom(shifted(0.02), 0),
      await stepFrom(shifted(-0.02), 0),
    ];
    expect(forward.loss).toBeLessThan(backward.loss);
  }
});

test('a tuned embedder reads the prefix again with the adapters, beside queries that share one', async () => {
  await using embedder = await createTunedEmbedder(engine, model);
  const some = validation.profiles.slice(0, 9);
  const rows = await embedder.embed(some, [query, tuned, '']);
  const { dimensions } = embedder;
  await using plain = await createEmbedder(engine, model);
  const asked = await plain.embed(some, [query, '']);
  const own = await embedded();
  for (const user of some.keys()) {
    const row = (place: number): Float32Array =>
      rows.subarray((3 * user + place) * dimensions, (3 * user + place + 1) * dimensions);
    const expected = asked.subarray(2 * user * dimensions, 2 * (user + 1) * dimensions);
    expect(relativeError([...row(0), ...row(2)], expected)).toBeLessThan(1e-5);
    const adapted = own.subarray(user * dimensions, (user + 1) * dimensions);
    expect(relativeError(row(1), adapted)).toBeLessThan(1e-5);
    expect(relativeError(row(1), row(0))).toBeGreaterThan(1e-3);
  }
});

describe('mistakes', () => {
  test('a model with adapters of its own', async () => {
    const of: DualTowerModel = tinyModel(3, { lora });
    await expect(tune({ model: of })).rejects.toThrow(/rank 2.*--merge/su);
  });

  test('stored prefixes, settings out of range, users without a class', async () => {
    await using embedder = await createEmbedder(engine, model);
    const prefixes = await encodePrefixes(engine, {
      model,
      profiles: [train.profiles.slice(0, 2)],
    });
    await expect(storedEmbeddings(embedder, { asked: tuned, prefixes })).rejects.toThrow(
      /stored prefixes were read without them/,
    );
    await expect(tune({ settings: { rank: 0 } })).rejects.toThrow(InputError);
    await expect(tune({ settings: { targets: ['mlp'] } })).rejects.toThrow(InputError);
    await expect(tune({ settings: { steps: 0 } })).rejects.toThrow(/adapter tuning, steps/);
    const labels = train.users.labels.map(() => 0);
    await expect(tune({ train: { ...train.users, labels } })).rejects.toThrow(
      /adapter tuning, train users.*none of class 1/su,
    );
  });

  test('more tokens than allowed', async () => {
    const options = { model, profiles: [train.profiles], maxBytes: 1000 };
    await expect(encodeUserTokens(engine, options)).rejects.toThrow(/of tokens/);
  });

  test('a signal stops it', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(tune({ signal })).rejects.toThrow('enough');
  });
});

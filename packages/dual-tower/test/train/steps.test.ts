import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import {
  compileSteps,
  defaultOptimiser,
  frozenParameters,
  trainedParameters,
  type DualTowerConfig,
  type OptimiserConfig,
  dualTowerParameters,
} from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import {
  batchFeeds,
  config as twoLayers,
  createLossRunner,
  drawnExamples,
  drawnParameters,
  grownConfig as twoLayersGrown,
  loraConfig as twoLayersLora,
  relativeError,
  type Outcome,
} from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

// One layer compiles in half the time.
const decoder = { ...twoLayers.decoder, layers: 1 };
const config = { ...twoLayers, decoder };
const loraConfig = { ...twoLayersLora, decoder };
const grownConfig = {
  ...twoLayersGrown,
  decoder: { ...twoLayersGrown.decoder, layers: 1 },
};
const batches = [drawnExamples(21, 4), drawnExamples(22, 4)];

type Values = Record<string, readonly number[]>;

const numbers = (tensors: Tensors): Values =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, [...data].map(Number)]),
  );

/** AdamW by hand, in float64: clip, moments, decay on matrices, step. */
function slowAdamW(
  of: DualTowerConfig,
  {
    state,
    gradients,
    step,
    learningRate,
    optimiser = defaultOptimiser,
  }: {
    readonly state: Values;
    readonly gradients: Values;
    readonly step: number;
    readonly learningRate: number;
    readonly optimiser?: OptimiserConfig;
  },
): { readonly state: Values; readonly norm: number } {
  const { betas, epsilon, weightDecay, clipNorm } = optimiser;
  const specs = dualTowerParameters(of);
  const trained = trainedParameters(of);
  const norm = Math.hypot(...trained.flatMap((name) => gradients[name]!));
  const scale = Math.min(1, clipNorm / (norm + 1e-6));
  const next: Values = { ...state };
  for (const name of trained) {
    const g = gradients[name]!.map((value) => value * scale);
    const m = g.map((x, i) => betas[0] * state[`${name}#moment1`]![i]! + (1 - betas[0]) * x);
    const v = g.map((x, i) => betas[1] * state[`${name}#moment2`]![i]! + (1 - betas[1]) * x * x);
    const decay = ['matrix', 'output-matrix'].includes(specs[name]!.kind) ? weightDecay : 0;
    next[name] = state[name]!.map((p, i) => {
      const mHat = m[i]! / (1 - betas[0] ** step);
      const vHat = v[i]! / (1 - betas[1] ** step);
      return p * (1 - learningRate * decay) - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
    });
    next[`${name}#moment1`] = m;
    next[`${name}#moment2`] = v;
  }
  return { state: next, norm };
}

const mean = (a: Values, b: Values): Values =>
  Object.fromEntries(
    Object.entries(a).map(([name, list]) => [name, list.map((x, i) => (x + b[name]![i]!) / 2)]),
  );

/** Parameters and moments that are off by more than rounding. */
function wrong(actual: Values, expected: Values, tolerance: number) {
  return Object.entries(expected)
    .map(([name, list]) => [name, relativeError(actual[name]!, list)] as const)
    .filter(([, error]) => !(error < tolerance));
}

describe.each([
  ['one batch a step', 1, config],
  ['two micro-batches a step', 2, config],
  ['two micro-batches under adapters', 2, loraConfig],
] as const)('%s: two steps equal AdamW by hand on the mean gradient', (_, microBatches, of) => {
  test.each([
    ['clipped', defaultOptimiser],
    ['not clipped, strong decay', { ...defaultOptimiser, clipNorm: 1e6, weightDecay: 0.2 }],
  ])('%s', async (__, optimiser) => {
    const initial = drawnParameters(of);
    await using programs = await compileSteps(engine, {
      config: of,
      optimiser,
      initial,
      microBatches,
    });
    const run = await createLossRunner(engine, { of, dtype: 'float64' });
    let state = numbers(await programs.state.read());
    for (const step of [1, 2]) {
      const values = Object.fromEntries(
        Object.entries(initial).map(([name, tensor]) => [
          name,
          { ...tensor, data: Float32Array.from(state[name] ?? tensor.data, Number) },
        ]),
      );
      const used =
        microBatches === 1 ? [batches[step - 1]!] : step === 1 ? batches : batches.toReversed();
      const outcomes: Outcome[] = [];
      for (const batch of used) outcomes.push(await run(batch, values));
      const gradients =
        outcomes.length === 1
          ? outcomes[0]!.gradients
          : mean(outcomes[0]!.gradients, outcomes[1]!.gradients);
      const learningRate = 1e-3 * step;
      const report = await programs.step(
        used.map((batch) => batchFeeds(batch, of)),
        { learningRate, step },
      );
      const expected = slowAdamW(of, { state, gradients, step, learningRate, optimiser });
      const average = (key: 'total' | 'contrastive' | 'nextToken' | 'accuracy'): number =>
        outcomes.reduce((sum, outcome) => sum + outcome[key], 0) / outcomes.length;
      expect(report.loss).toBeCloseTo(average('total'), 4);
      expect(report.contrastive).toBeCloseTo(average('contrastive'), 4);
      expect(report.nextToken).toBeCloseTo(average('nextToken'), 4);
      expect(report.accuracy).toBeCloseTo(average('accuracy'), 6);
      expect(report.gradientNorm / expected.norm).toBeCloseTo(1, 4);
      state = numbers(await programs.state.read());
      expect(
        wrong(state, expected.state, 2e-4).filter(([name]) => !name.includes('#gradient')),
      ).toEqual([]);
    }
  });
});

/** In the order of a model's parameters. */
const byOrder = (of: DualTowerConfig) => {
  const names = Object.keys(dualTowerParameters(of));
  return (a: string, b: string): number => names.indexOf(a) - names.indexOf(b);
};

describe('what is frozen', () => {
  test('is neither in the state nor copied by a step', async () => {
    const bytes = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + 4 * drawn[name]!.data.length, 0);
    const drawn = drawnParameters(grownConfig);
    await using programs = await compileSteps(engine, { config: grownConfig, initial: drawn });
    const trained = trainedParameters(grownConfig);
    expect(programs.state.names.filter((name) => !name.includes('#'))).toEqual(trained);
    const before = (await engine.liveCounts()).stateBytes;
    await programs.step([batchFeeds(batches[0]!, grownConfig)], { learningRate: 1e-3, step: 1 });
    // Parameters and both moments, each with a second buffer once a step has run.
    expect(before).toBe(3 * bytes(trained));
    expect((await engine.liveCounts()).stateBytes).toBe(6 * bytes(trained));
  });

  test('adapters and added tokens get gradients, the decoder none', async () => {
    const run = await createLossRunner(engine, { of: grownConfig });
    const { gradients } = await run(batches[0]!);
    const size = (name: string): number => Math.hypot(...gradients[name]!);
    const loras = Object.keys(gradients).filter((name) => name.includes('lora_'));
    expect(loras.map(size).every((length) => length > 1e-6)).toBe(true);
    // Each added token of the batch has a row of its own: the markers, and `<|user_emb|>` last.
    const width = grownConfig.decoder.width;
    const rows = gradients['tokens.added.weight']!;
    const norms = Array.from({ length: rows.length / width }, (_, row) =>
      Math.hypot(...rows.slice(row * width, (row + 1) * width)),
    );
    expect(norms).toHaveLength(7);
    expect(norms.every((length) => length > 1e-6)).toBe(true);
  });
});

describe('dropout of the adapters', () => {
  const initial = drawnParameters(grownConfig);
  const lossesOf = async (
    schedule: { readonly step: number; readonly seed?: number },
    of: DualTowerConfig = grownConfig,
  ): Promise<number> => {
    await using programs = await compileSteps(engine, { config: of, initial });
    const feeds = [batchFeeds(batches[0]!, of)];
    return (await programs.step(feeds, { learningRate: 0, ...schedule })).loss;
  };

  test('is of the seed and the step', async () => {
    const one = await lossesOf({ step: 1, seed: 7 });
    expect(await lossesOf({ step: 1, seed: 7 })).toBe(one);
    expect(await lossesOf({ step: 2, seed: 7 })).not.toBe(one);
    expect(await lossesOf({ step: 1, seed: 8 })).not.toBe(one);
  });

  test('is none at rate 0', async () => {
    const of = { ...grownConfig, lora: { ...grownConfig.lora!, dropout: 0 } };
    const one = await lossesOf({ step: 1, seed: 7 }, of);
    expect(await lossesOf({ step: 2, seed: 8 }, of)).toBe(one);
  });

  test('micro-batches of a step have masks of their own', async () => {
    await using programs = await compileSteps(engine, {
      config: grownConfig,
      initial,
      microBatches: 2,
    });
    const feeds = batchFeeds(batches[0]!, grownConfig);
    const { loss } = await programs.step([feeds, feeds], { learningRate: 0, step: 1, seed: 7 });
    // The mean of two different losses is not the loss of the first alone.
    expect(loss).not.toBe(await lossesOf({ step: 1, seed: 7 }));
  });
});

test('adapters train themselves, the user encoder and the head; the decoder stays', () => {
  const trained = trainedParameters(loraConfig);
  const all = Object.keys(dualTowerParameters(loraConfig));
  const frozen = all.filter((name) => !trained.includes(name));
  expect(frozen).toEqual(
    Object.keys(dualTowerParameters(config)).filter((n) => n.startsWith('model.')),
  );
  expect(trained.filter((name) => name.includes('lora_'))).toHaveLength(1 * 3 * 2);
  expect(trained.some((name) => name.startsWith('encoder.'))).toBe(true);
  expect(trained.some((name) => name.startsWith('head.'))).toBe(true);
  expect(frozenParameters(loraConfig)).toEqual(frozen);
  expect(trainedParameters(config)).toEqual(Object.keys(dualTowerParameters(config)));
  expect(frozenParameters(config)).toEqual([]);
  expect(trainedParameters(grownConfig)).toEqual(
    [...trained, 'tokens.added.weight'].toSorted(byOrder(grownConfig)),
  );
});

import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import {
  initialDualTower,
  memorySource,
  pretrain,
  type DualTowerConfig,
  type ExampleSource,
  type PretrainOptions,
  type PretrainProgress,
  type PretrainResult,
  type PretrainSettings,
  type TrainingCheckpoint,
  type TrainingExample,
} from '@q-anchor/dual-tower';
import { afterAll, describe, expect, test } from 'vitest';

import { collate, config as twoLayers, drawnExamples, grownConfig } from '../fixtures.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

// One layer compiles in half the time.
const config = { ...twoLayers, decoder: { ...twoLayers.decoder, layers: 1 } };
const examples = drawnExamples(31, 12);
const settings: PretrainSettings = {
  steps: 6,
  batchUsers: 4,
  pairsPerUser: { future: 1, uqa: 2 },
  seed: 1,
  peakRate: 2e-3,
  warmupSteps: 2,
};

const run = (
  changes: Partial<PretrainOptions> & { readonly of?: DualTowerConfig } = {},
  settingChanges: Partial<PretrainSettings> = {},
) => {
  const { of = config, ...rest } = changes;
  return pretrain({
    engine,
    config: of,
    initial: initialDualTower(of, 1),
    source: memorySource(examples),
    collate,
    settings: { ...settings, ...settingChanges },
    ...rest,
  });
};

/** Tensors whose bits differ. */
const changed = (a: Tensors, b: Tensors): string[] =>
  Object.keys(b).filter((name) => !Buffer.from(bytes(a, name)).equals(bytes(b, name)));

const bytes = (tensors: Tensors, name: string): Uint8Array => {
  const { data } = tensors[name]!;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

describe('a small task: what a user likes stands in its events', () => {
  const likes = ['shoes', 'game', 'gift', 'milk', 'coffee', 'loan', 'rent', 'tram'];
  const learnable = likes.map((thing): TrainingExample => {
    const profile: UserProfile = {
      userId: thing,
      referenceDays: 100,
      events: { bill: [{ timeDays: 90, text: thing }], spm: [] },
      tabular: {},
    };
    const answer = `the user will buy ${thing}`;
    return { profile, pairs: [{ query: 'what does the user like', answer, source: 'uqa' }] };
  });

  test('learnt to more than 90 % in-batch accuracy', async () => {
    const seen: PretrainProgress[] = [];
    await run(
      { source: memorySource(learnable), onProgress: (progress) => seen.push(progress) },
      { steps: 100, batchUsers: 8, peakRate: 4e-3, warmupSteps: 5 },
    );
    const [first, last] = [seen[0]!, seen.at(-1)!];
    expect(first.accuracy).toBeLessThan(0.5);
    expect(last.accuracy).toBeGreaterThan(0.9);
    expect(last.contrastive).toBeLessThan(first.contrastive / 5);
    expect(last.nextToken).toBeLessThan(first.nextToken * 0.8);
    expect(last.loss).toBeLessThan(first.loss / 2);
  });
});

describe('progress', () => {
  test('a step tells rate, pairs, tokens; the rate rises, then falls', async () => {
    const seen: PretrainProgress[] = [];
    await run({ onProgress: (progress) => seen.push(progress) }, { microBatches: 2 });
    expect(seen.map(({ step, steps }) => [step, steps])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, 6]),
    );
    const rates = seen.map((progress) => progress.learningRate);
    expect(rates.slice(0, 3)).toEqual([1e-3, 2e-3, 2e-3]);
    expect(rates.slice(2)).toEqual(rates.slice(2).toSorted((a, b) => b - a));
    for (const { pairs, tokens, seconds, loss, contrastive, nextToken, gradientNorm } of seen) {
      expect(pairs).toBeGreaterThanOrEqual(8);
      expect(pairs).toBeLessThanOrEqual(24);
      expect(tokens).toBeGreaterThan(pairs);
      expect(seconds).toBeGreaterThan(0);
      expect(loss).toBeCloseTo(contrastive + nextToken, 4);
      expect(gradientNorm).toBeGreaterThan(0);
    }
  });
});

// Runs that are not disturbed, each made once.
const runs = new Map<number, Promise<PretrainResult>>();
const undisturbed = (microBatches = 1): Promise<PretrainResult> => {
  const known = runs.get(microBatches) ?? run({}, { microBatches });
  runs.set(microBatches, known);
  return known;
};

describe('determinism', () => {
  test.each([1, 2])('the same seed gives the same bits, %d micro-batches', async (microBatches) => {
    const [a, b] = [await undisturbed(microBatches), await run({}, { microBatches })];
    expect(a).toMatchObject({ step: 6, isComplete: true });
    expect(changed(a.state, b.state)).toEqual([]);
  });

  test('another seed gives others', async () => {
    const [a, b] = [await undisturbed(), await run({}, { seed: 2 })];
    expect(changed(a.state, b.state)).not.toEqual([]);
  });
});

describe('stop and resume', () => {
  test.each([1, 2])(
    'a resumed run equals a straight one, %d micro-batches',
    async (microBatches) => {
      const straight = await undisturbed(microBatches);
      const checkpoints: TrainingCheckpoint[] = [];
      await run(
        { onCheckpoint: async (checkpoint) => void checkpoints.push(checkpoint) },
        { microBatches, checkpointSteps: 2 },
      );
      expect(checkpoints.map((checkpoint) => checkpoint.step)).toEqual([2, 4]);
      for (const { step, state } of checkpoints) {
        const resumed = await run({ initial: state, firstStep: step }, { microBatches });
        expect(resumed).toMatchObject({ step: 6, isComplete: true });
        expect(changed(resumed.state, straight.state)).toEqual([]);
      }
    },
  );

  test('a signal stops after the step in progress and the state is kept', async () => {
    const straight = await undisturbed();
    const controller = new AbortController();
    const stopped = await run({
      signal: controller.signal,
      onProgress: ({ step }) => step === 3 && controller.abort(),
    });
    expect(stopped).toMatchObject({ step: 3, isComplete: false });
    const resumed = await run({ initial: stopped.state, firstStep: stopped.step });
    expect(changed(resumed.state, straight.state)).toEqual([]);
  });

  test('stopped before the first step, nothing has changed', async () => {
    const initial = initialDualTower(config, 1);
    const stopped = await run({ initial, signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ step: 0, isComplete: false });
    expect(changed(stopped.state, initial)).toEqual([]);
  });

  test('of no steps, the start values', async () => {
    const none = await run({}, { steps: 0, warmupSteps: 0 });
    expect(none).toMatchObject({ step: 0, isComplete: true });
    expect(changed(none.state, initialDualTower(config, 1))).toEqual([]);
  });

  test('resumed at its end, there is nothing left to do', async () => {
    const straight = await undisturbed();
    const again = await run({ initial: straight.state, firstStep: 6 });
    expect(again).toMatchObject({ step: 6, isComplete: true });
    expect(changed(again.state, straight.state)).toEqual([]);
  });
});

describe('under adapters', () => {
  const of = { ...grownConfig, decoder: { ...grownConfig.decoder, layers: 1 } };
  const initial = initialDualTower(of, 1);

  test('a checkpoint holds what is trained, and all of that moves', async () => {
    const { state } = await run({ of, initial });
    const names = Object.keys(state);
    expect(names.filter((name) => name.startsWith('model.'))).toEqual([]);
    const trained = Object.keys(initial).filter((name) => !name.startsWith('model.'));
    const kept = names.filter((name) => !name.includes('#'));
    expect(kept.toSorted()).toEqual(trained.toSorted());
    const start = Object.fromEntries(trained.map((name) => [name, initial[name]!]));
    expect(changed(state, start).toSorted()).toEqual(trained.toSorted());
  });

  test.each([1, 2])(
    'dropout and all, a resumed run equals a straight one, %d micro-batches',
    async (microBatches) => {
      const straight = await run({ of, initial }, { microBatches });
      const controller = new AbortController();
      const stopped = await run(
        {
          of,
          initial,
          signal: controller.signal,
          onProgress: ({ step }) => step === 3 && controller.abort(),
        },
        { microBatches },
      );
      expect(stopped.step).toBe(3);
      const resumed = await run(
        { of, initial: { ...initial, ...stopped.state }, firstStep: 3 },
        { microBatches },
      );
      expect(changed(resumed.state, straight.state)).toEqual([]);
      const other = await run({ of, initial }, { microBatches, steps: 3, warmupSteps: 1, seed: 2 });
      expect(changed(other.state, straight.state)).not.toEqual([]);
    },
  );
});

describe('mistakes', () => {
  test('no examples', async () => {
    await expect(run({ source: memorySource([]) })).rejects.toThrow(InputError);
  });

  test.each<[Partial<PretrainSettings>, RegExp]>([
    [{ steps: -1 }, /steps/],
    [{ batchUsers: 0 }, /batchUsers/],
    [{ microBatches: 1.5 }, /microBatches/],
    [{ bucketBatches: -1 }, /bucketBatches/],
    [{ checkpointSteps: 0 }, /checkpointSteps/],
    [{ warmupSteps: 7 }, /warmupSteps/],
  ])('%j', async (change, message) => {
    await expect(run({}, change)).rejects.toThrow(message);
  });

  test('a sequence longer than the decoder has positions', async () => {
    const of = { ...config, decoder: { ...config.decoder, maxPositions: 12 } };
    await expect(run({ of })).rejects.toThrow(/at most 12 tokens/);
  });

  test('examples that fail to load while the engine computes', async () => {
    const whole = memorySource(examples);
    let calls = 0;
    const source: ExampleSource = {
      ...whole,
      load: (indices) => {
        calls++;
        return calls > 2 ? Promise.reject(new Error('disk gone')) : whole.load(indices);
      },
    };
    const seen: number[] = [];
    await expect(run({ source, onProgress: ({ step }) => seen.push(step) })).rejects.toThrow(
      'disk gone',
    );
    expect(seen).toEqual([1, 2]);
  });
});

import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  adamW,
  createGraph,
  warmupCosineRate,
  type AdamWOptions,
  type FloatDType,
  type TensorData,
} from '@q-anchor/graph';

import { engine, numbersOf, relativeError, tensorOf } from './support/engine.js';

interface AdamWGolden {
  readonly initial: readonly (readonly number[])[];
  readonly grads: readonly (readonly (readonly number[])[])[];
  readonly learning_rates: readonly number[];
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  readonly grad_norms_before_clipping: readonly number[];
  readonly trajectory: readonly (readonly (readonly number[])[])[];
  readonly schedule: {
    readonly warmup_steps: number;
    readonly total_steps: number;
    readonly peak: number;
  };
}

const golden = JSON.parse(
  await readFile(new URL('../../../../tooling/goldens/adamw.json', import.meta.url), 'utf8'),
) as AdamWGolden;

type Constants = Omit<AdamWOptions, 'learningRate' | 'correction1' | 'correction2'>;

/** A graph of one step for parameters of these shapes. */
const stepGraph = (
  dtype: FloatDType,
  shapes: readonly (readonly number[])[],
  constants: Constants,
) => {
  const graph = createGraph();
  const scalar = (name: string) => graph.input(name, [], dtype);
  const parameters = shapes.map((shape, i) => ({
    value: graph.input(`value${i}`, shape, dtype),
    gradient: graph.input(`gradient${i}`, shape, dtype),
    moment1: graph.input(`first${i}`, shape, dtype),
    moment2: graph.input(`second${i}`, shape, dtype),
    decays: i === 0,
  }));
  const { updates, gradientNorm } = adamW(parameters, {
    learningRate: scalar('rate'),
    correction1: scalar('correction1'),
    correction2: scalar('correction2'),
    ...constants,
  });
  graph.output('norm', gradientNorm);
  for (const [i, update] of updates.entries()) {
    graph.output(`new value${i}`, update.value);
    graph.output(`new first${i}`, update.moment1);
    graph.output(`new second${i}`, update.moment2);
  }
  return graph;
};

const goldenConstants: Constants = {
  betas: golden.betas,
  epsilon: golden.eps,
  weightDecay: golden.weight_decay,
  clipNorm: golden.clip_norm,
};

const zeros = (dtype: FloatDType, shape: readonly number[]): TensorData =>
  tensorOf(
    dtype,
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0),
  );

const scheduleFeeds = (
  dtype: FloatDType,
  step: number,
  [beta1, beta2]: readonly [number, number],
) => ({
  correction1: tensorOf(dtype, [], [1 - beta1 ** (step + 1)]),
  correction2: tensorOf(dtype, [], [1 - beta2 ** (step + 1)]),
});

describe("PyTorch's clip_grad_norm_ and AdamW", () => {
  test.each([
    ['float64', 1e-9],
    ['float32', 1e-5],
  ] as const)('eight steps in %s', async (dtype, tolerance) => {
    const shape = [3, 4];
    await using program = await engine.compile(stepGraph(dtype, [shape], goldenConstants));
    let value = tensorOf(dtype, shape, golden.initial.flat());
    let [first, second] = [zeros(dtype, shape), zeros(dtype, shape)];
    for (const [step, rate] of golden.learning_rates.entries()) {
      const result = await program.run({
        value0: value,
        gradient0: tensorOf(dtype, shape, golden.grads[step]!.flat()),
        first0: first,
        second0: second,
        rate: tensorOf(dtype, [], [rate]),
        ...scheduleFeeds(dtype, step, golden.betas),
      });
      value = result['new value0']!;
      [first, second] = [result['new first0']!, result['new second0']!];
      const expected = golden.trajectory[step]!.flat();
      expect(relativeError([numbersOf(value), expected])).toBeLessThan(tolerance);
      const norms = [
        numbersOf(result['norm']!),
        [golden.grad_norms_before_clipping[step]!],
      ] as const;
      expect(relativeError(norms)).toBeLessThan(tolerance);
    }
  });

  test('the schedule', () => {
    const { warmup_steps, total_steps, peak } = golden.schedule;
    for (const [step, rate] of golden.learning_rates.entries()) {
      const schedule = { warmupSteps: warmup_steps, totalSteps: total_steps, peak };
      expect(warmupCosineRate(step, schedule)).toBeCloseTo(rate, 15);
    }
  });
});

/** One step as the paper writes it, element by element. */
const slowStep = (
  {
    value,
    gradient,
    first,
    second,
  }: Readonly<Record<'value' | 'gradient' | 'first' | 'second', number>>,
  options: {
    readonly rate: number;
    readonly step: number;
    readonly scale: number;
    readonly decay: number;
  },
) => {
  const [beta1, beta2, epsilon] = [0.9, 0.98, 1e-6];
  const g = gradient * options.scale;
  const m = beta1 * first + (1 - beta1) * g;
  const v = beta2 * second + (1 - beta2) * g * g;
  const [unbiased1, unbiased2] = [m / (1 - beta1 ** options.step), v / (1 - beta2 ** options.step)];
  const kept = value - options.rate * options.decay * value;
  return { value: kept - (options.rate * unbiased1) / (Math.sqrt(unbiased2) + epsilon), m, v };
};

test.each([undefined, 0.5, 1e6])(
  'two parameters share one norm, and only one decays (clipNorm %s)',
  async (clipNorm) => {
    const shapes = [[2], []];
    const constants = { weightDecay: 0.1, ...(clipNorm !== undefined && { clipNorm }) };
    await using program = await engine.compile(stepGraph('float64', shapes, constants));
    const values = [1, -2, 3];
    const gradientValues = [3, 4, 12];
    const [firsts, seconds] = [
      [0.1, -0.2, 0.3],
      [0.4, 0.5, 0.6],
    ];
    const part = (all: readonly number[], i: number): TensorData =>
      i === 0 ? tensorOf('float64', [2], all.slice(0, 2)) : tensorOf('float64', [], all.slice(2));
    const perParameter = [0, 1].map((i) => ({
      [`value${i}`]: part(values, i),
      [`gradient${i}`]: part(gradientValues, i),
      [`first${i}`]: part(firsts, i),
      [`second${i}`]: part(seconds, i),
    }));
    const result = await program.run({
      ...perParameter[0]!,
      ...perParameter[1]!,
      rate: tensorOf('float64', [], [0.01]),
      ...scheduleFeeds('float64', 4, [0.9, 0.98]),
    });
    expect(numbersOf(result['norm']!)).toEqual([13]);
    const scale = clipNorm === undefined ? 1 : Math.min(1, clipNorm / (13 + 1e-6));
    const joined = (name: string): number[] =>
      [0, 1].flatMap((i) => numbersOf(result[`new ${name}${i}`]!));
    const expected = values.map((value, i) =>
      slowStep(
        { value, gradient: gradientValues[i]!, first: firsts[i]!, second: seconds[i]! },
        { rate: 0.01, step: 5, scale, decay: i < 2 ? 0.1 : 0 },
      ),
    );
    expect(relativeError([joined('value'), expected.map(({ value }) => value)])).toBeLessThan(
      1e-12,
    );
    expect(relativeError([joined('first'), expected.map(({ m }) => m)])).toBeLessThan(1e-12);
    expect(relativeError([joined('second'), expected.map(({ v }) => v)])).toBeLessThan(1e-12);
  },
);

test('a gradient of zeros moves nothing but what decays', async () => {
  await using program = await engine.compile(
    stepGraph('float32', [[2], [2]], { weightDecay: 0.5, clipNorm: 1 }),
  );
  const shape = [2];
  const feeds: Record<string, TensorData> = { rate: tensorOf('float32', [], [0.5]) };
  for (const i of [0, 1]) {
    feeds[`value${i}`] = tensorOf('float32', shape, [4, -8]);
    for (const name of ['gradient', 'first', 'second'])
      feeds[`${name}${i}`] = zeros('float32', shape);
  }
  const result = await program.run({ ...feeds, ...scheduleFeeds('float32', 0, [0.9, 0.98]) });
  expect(numbersOf(result['new value0']!)).toEqual([3, -6]);
  expect(numbersOf(result['new value1']!)).toEqual([4, -8]);
});

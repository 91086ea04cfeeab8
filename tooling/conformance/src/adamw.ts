import type { Engine } from '@q-anchor/backend';
import { adamW, createGraph, warmupCosineRate } from '@q-anchor/graph';

import { comparisonRow, type Pair } from './compare.js';
import type { Family } from './family.js';
import { readGolden, type Golden, type GoldenTensor } from './golden.js';
import { doubleTolerance, numbersOf, precisions, tensorOf, zerosLike } from './precision.js';
import type { Precision } from './precision.js';

const file = 'adamw.json';

/** AdamW: the parameter after every step, gradient norms before clipping, the schedule's rates. */
export const adamw: Family = {
  name: 'adamw',
  files: [file],
  async rows({ directory, engine }) {
    const golden = await readGolden(directory, file);
    const rates = golden.at('learning_rates').tensor().values;
    const schedule = golden.at('schedule');
    const settings = {
      warmupSteps: schedule.at('warmup_steps').number(),
      totalSteps: schedule.at('total_steps').number(),
      peak: schedule.at('peak').number(),
    };
    const rows = [
      comparisonRow('adamw schedule', {
        pairs: [
          {
            label: 'learning rates',
            actual: rates.map((_, step) => warmupCosineRate(step, settings)),
            expected: rates,
          },
        ],
        tolerance: doubleTolerance,
      }),
    ];
    const expectedNorms = golden.at('grad_norms_before_clipping').tensor().values;
    const expectedValues = golden
      .at('trajectory')
      .list()
      .map((step) => step.tensor().values);
    for (const precision of precisions) {
      const { values, norms } = await trajectory(engine, { golden, rates, precision });
      rows.push(
        comparisonRow(`adamw trajectory ${precision.name}`, {
          pairs: stepPairs(values, expectedValues),
          tolerance: precision.values,
        }),
        comparisonRow(`adamw gradient norms ${precision.name}`, {
          pairs: [{ label: 'all steps', actual: norms, expected: expectedNorms }],
          tolerance: precision.values,
        }),
      );
    }
    return rows;
  },
};

const stepPairs = (
  ours: readonly (readonly number[])[],
  theirs: readonly (readonly number[])[],
): Pair[] =>
  theirs.map((expected, i) => ({ label: `step ${i + 1}`, actual: ours[i] ?? [], expected }));

async function trajectory(
  engine: Engine,
  options: {
    readonly golden: Golden;
    readonly rates: readonly number[];
    readonly precision: Precision;
  },
): Promise<{ readonly values: number[][]; readonly norms: number[] }> {
  const { golden, rates, precision } = options;
  const { dtype } = precision;
  const initial = golden.at('initial').tensor();
  const [beta1, beta2] = golden
    .at('betas')
    .list()
    .map((beta) => beta.number()) as [number, number];
  const clipNorm = golden.at('clip_norm');
  const graph = createGraph();
  const input = (name: string, { shape }: Pick<GoldenTensor, 'shape'> = { shape: [] }) =>
    graph.input(name, shape, dtype);
  const { updates, gradientNorm } = adamW(
    [
      {
        value: input('value', initial),
        gradient: input('gradient', initial),
        moment1: input('moment1', initial),
        moment2: input('moment2', initial),
        decays: true,
      },
    ],
    {
      learningRate: input('rate'),
      correction1: input('correction1'),
      correction2: input('correction2'),
      betas: [beta1, beta2],
      epsilon: golden.at('eps').number(),
      weightDecay: golden.at('weight_decay').number(),
      ...(clipNorm.json !== null && { clipNorm: clipNorm.number() }),
    },
  );
  const [update] = updates;
  graph.output('next value', update!.value);
  graph.output('next moment1', update!.moment1);
  graph.output('next moment2', update!.moment2);
  graph.output('norm', gradientNorm);
  await using state = await engine.createState({
    value: tensorOf(dtype, initial),
    moment1: tensorOf(dtype, zerosLike(initial)),
    moment2: tensorOf(dtype, zerosLike(initial)),
  });
  await using program = await engine.compile(graph, {
    state,
    updates: { 'next value': 'value', 'next moment1': 'moment1', 'next moment2': 'moment2' },
  });
  const values: number[][] = [];
  const norms: number[] = [];
  const scalar = (value: number) => tensorOf(dtype, { shape: [], values: [value] });
  for (const [step, gradient] of golden.at('grads').list().entries()) {
    const { norm } = await program.run({
      gradient: tensorOf(dtype, gradient.tensor()),
      rate: scalar(rates[step] ?? Number.NaN),
      correction1: scalar(1 - beta1 ** (step + 1)),
      correction2: scalar(1 - beta2 ** (step + 1)),
    });
    norms.push(...numbersOf(norm!));
    values.push(numbersOf((await state.read(['value']))['value']!));
  }
  return { values, norms };
}

import { readFile } from 'node:fs/promises';

import {
  bertConfigFrom,
  bertEncoder,
  bertParameters,
  openCheckpoint,
  parameterInputs,
  pooled,
  readParameters,
} from '@q-anchor/backbone';
import { createRandom, ShapeError } from '@q-anchor/core';
import { createGraph, gradients, multiply, reduceSum } from '@q-anchor/graph';
import { describe, expect, test } from 'vitest';

import {
  drawnWeights,
  engine,
  goldenPath,
  numbersOf,
  relativeError,
  tensorOf,
} from '../decoder/support/decoder-runs.js';
import { config, runBert } from './bert-runs.js';
import { slowBert } from './slow-bert.js';

const texts = [[3, 17, 5, 9, 22], [4, 4], [0], [7, 21, 1, 2, 3, 11, 6, 8, 19]];
const specs = bertParameters(config);
const weights = drawnWeights(specs, { dtype: 'float32' });
const meanOf = (states: readonly (readonly number[])[]): number[] =>
  states[0]!.map((_, i) => states.reduce((sum, state) => sum + state[i]!, 0) / states.length);

describe('the golden', () => {
  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ] as const)('pooled states in %s', async (dtype, tolerance) => {
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(goldenPath(`bert/${name}`), 'utf8'));
    const of = bertConfigFrom(await read('config.json'));
    const expected = (await read('expected.json')) as Record<string, number[][]>;
    await using source = await openCheckpoint(goldenPath('bert'));
    const stored = Object.entries(await readParameters(source, bertParameters(of)));
    const ids = expected['input_ids']!.map((row, b) =>
      row.filter((_, t) => expected['attention_mask']![b]![t] === 1),
    );
    const { cls, mean } = await runBert(ids, {
      of,
      dtype,
      weights: Object.fromEntries(
        stored.map(([name, { shape, data }]) => [
          name,
          tensorOf(dtype, [shape, data as Float32Array]),
        ]),
      ),
    });
    expect(relativeError(cls.flat(), expected['cls']!.flat())).toBeLessThan(tolerance);
    expect(relativeError(mean.flat(), expected['mean']!.flat())).toBeLessThan(tolerance);
  });
});

describe('hidden states equal the formulas, worked one text at a time', () => {
  const slow = texts.map((ids) => slowBert(ids, { config, weights }));

  test.each([
    ['float32', 1e-5],
    ['float64', 1e-12],
  ] as const)('in %s, with their poolings', async (dtype, tolerance) => {
    const { hidden, cls, mean } = await runBert(texts, {
      dtype,
      weights: drawnWeights(specs, { dtype }),
    });
    for (const [b, states] of slow.entries()) {
      const own = hidden[b]!.slice(0, states.length);
      expect(relativeError(own.flat(), states.flat())).toBeLessThan(tolerance);
      expect(relativeError(cls[b]!, states[0]!)).toBeLessThan(tolerance);
      expect(relativeError(mean[b]!, meanOf(states))).toBeLessThan(tolerance);
    }
  });

  test('token types are added where they are given', async () => {
    const ids = [5, 6, 7];
    const tokenTypes = [0, 1, 1];
    const { hidden } = await runBert([ids], { weights, tokenTypes: [tokenTypes] });
    const expected = slowBert(ids, { config, weights, tokenTypes }).flat();
    expect(relativeError(hidden[0]!.flat(), expected)).toBeLessThan(1e-5);
    const plain = slowBert(ids, { config, weights }).flat();
    expect(relativeError(expected, plain)).toBeGreaterThan(0.01);
  });
});

describe('padding', () => {
  test('how much of it, and which tokens stand there, changes nothing', async () => {
    const short = texts.slice(0, 3);
    const exact = await runBert(short, { weights });
    for (const [time, padding] of [
      [5, 13],
      [9, 22],
    ] as const) {
      const padded = await runBert(short, { weights, time, padding });
      for (const [b, ids] of short.entries()) {
        const [a, e] = [padded.hidden[b]!, exact.hidden[b]!].map((states) =>
          states.slice(0, ids.length).flat(),
        );
        expect(relativeError(a!, e!)).toBeLessThan(1e-6);
      }
      expect(relativeError(padded.mean.flat(), exact.mean.flat())).toBeLessThan(1e-6);
    }
  });

  test('a text of padding alone stays finite, its mean is zero', async () => {
    const { hidden, mean } = await runBert([[], [3]], { weights });
    expect(hidden.flat(2).every(Number.isFinite)).toBe(true);
    expect(mean[0]).toEqual(Array(config.width).fill(0));
  });

  test('the order of texts is the order of results, and a text alone has its own', async () => {
    const straight = await runBert(texts, { weights });
    const order = [3, 0, 2, 1];
    const turned = await runBert(
      order.map((b) => texts[b]!),
      { weights },
    );
    for (const [i, b] of order.entries()) {
      expect(relativeError(turned.cls[i]!, straight.cls[b]!)).toBeLessThan(1e-6);
      const alone = await runBert([texts[b]!], { weights });
      expect(relativeError(alone.mean[0]!, straight.mean[b]!)).toBeLessThan(1e-5);
    }
  });
});

test('gradients equal central differences, for every parameter', async () => {
  const ids = [
    [3, 17, 5],
    [4, 4, 0],
  ];
  const mask = [1, 1, 1, 1, 1, 0];
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs, { dtype: 'float64' });
  const input = (name: string) => graph.input(name, [2, 3], 'int64');
  const maskInput = input('mask');
  const hidden = bertEncoder(parameters, { config, tokens: input('tokens'), mask: maskInput });
  const random = createRandom(5);
  const parts = (['cls', 'mean'] as const).map((pooling) => {
    const values = Array.from({ length: 2 * config.width }, () => random.normal());
    const towards = graph.constant(tensorOf('float64', [[2, config.width], values]));
    return reduceSum(multiply(pooled(hidden, { pooling, mask: maskInput }), towards));
  });
  const names = Object.keys(specs);
  graph.output('cls', parts[0]!);
  graph.output('mean', parts[1]!);
  for (const [k, part] of parts.entries()) {
    for (const [i, gradient] of gradients(part, names.map(parameters)).entries()) {
      graph.output(`${k} ${names[i]}`, gradient);
    }
  }
  await using program = await engine.compile(graph);
  const feeds = {
    tokens: tensorOf('int64', [[2, 3], ids.flat()]),
    mask: tensorOf('int64', [[2, 3], mask]),
  };
  const base = drawnWeights(specs, { dtype: 'float64' });
  const slopes = await program.run({ ...base, ...feeds });
  const step = 1e-5;
  for (const name of names) {
    const { shape } = base[name]!;
    const values = numbersOf(base[name]!);
    const direction = values.map(() => random.normal());
    const moved = async (sign: number) => {
      const there = values.map((value, i) => value + sign * step * direction[i]!);
      return program.run({ ...base, [name]: tensorOf('float64', [shape, there]), ...feeds });
    };
    const [above, below] = [await moved(1), await moved(-1)];
    for (const [k, output] of ['cls', 'mean'].entries()) {
      const numeric =
        (Number(above[output]!.data[0]) - Number(below[output]!.data[0])) / (2 * step);
      const own = numbersOf(slopes[`${k} ${name}`]!);
      const exact = own.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(Math.abs(exact - numeric), `${output} by ${name}`).toBeLessThan(
        1e-7 * (1 + Math.abs(numeric)),
      );
    }
  }
});

describe('shapes that do not fit', () => {
  const graph = createGraph();
  const parameters = parameterInputs(graph, specs);
  const ints = (name: string, shape: readonly (number | string)[]) =>
    graph.input(name, shape, 'int64');
  const tokens = ints('tokens', ['texts', 4]);

  test('a mask or token types of another shape', () => {
    const other = ints('other', ['texts', 3]);
    expect(() => bertEncoder(parameters, { config, tokens, mask: other })).toThrow(ShapeError);
    const input = { config, tokens, mask: tokens, tokenTypes: other };
    expect(() => bertEncoder(parameters, input)).toThrow(ShapeError);
  });

  test('more tokens than positions', () => {
    const long = ints('long', ['texts', 10]);
    expect(() => bertEncoder(parameters, { config, tokens: long, mask: long })).toThrow(
      /at most 9/,
    );
  });

  test('a mask that is not of the hidden states', () => {
    const hidden = bertEncoder(parameters, { config, tokens, mask: tokens });
    const mask = ints('another', ['texts', 5]);
    expect(() => pooled(hidden, { pooling: 'mean', mask })).toThrow(ShapeError);
  });
});

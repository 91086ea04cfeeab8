import { describe, expect, test } from 'vitest';

import {
  attention,
  concat,
  gelu,
  gradients,
  layerNorm,
  linear,
  linearCrossEntropy,
  matmul,
  pad,
  reduceSum,
  reshape,
  rmsNorm,
  slice,
  softmax,
  type FloatDType,
  type Tensor,
} from '@q-anchor/graph';

import { evaluate, numbersOf, tensorOf } from './support/engine.js';

interface ZeroCase {
  readonly name: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly build: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
  readonly shape: readonly number[];
}

const cases: readonly ZeroCase[] = [
  {
    name: 'softmax of no rows',
    shapes: { x: [0, 3] },
    build: ({ x }) => softmax(x!),
    shape: [0, 3],
  },
  {
    name: 'softmax of nothing',
    shapes: { x: [3, 0] },
    build: ({ x }) => softmax(x!),
    shape: [3, 0],
  },
  { name: 'gelu', shapes: { x: [0] }, build: ({ x }) => gelu(x!), shape: [0] },
  {
    name: 'rmsNorm',
    shapes: { x: [0, 3], w: [3] },
    build: ({ x, w }) => rmsNorm(x!, { weight: w!, epsilon: 1e-5 }),
    shape: [0, 3],
  },
  {
    name: 'layerNorm',
    shapes: { x: [2, 0, 3], w: [3], b: [3] },
    build: ({ x, w, b }) => layerNorm(x!, { weight: w!, bias: b!, epsilon: 1e-5 }),
    shape: [2, 0, 3],
  },
  {
    name: 'matmul over nothing',
    shapes: { a: [2, 0], b: [0, 3] },
    build: ({ a, b }) => matmul([a!, b!]),
    shape: [2, 3],
  },
  {
    name: 'batched matmul over nothing',
    shapes: { a: [1, 0, 2], b: [0, 3] },
    build: ({ a, b }) => matmul([a!, b!], { transposeA: true }),
    shape: [1, 2, 3],
  },
  {
    name: 'matmul of no rows',
    shapes: { a: [0, 2], b: [3, 2] },
    build: ({ a, b }) => matmul([a!, b!], { transposeB: true }),
    shape: [0, 3],
  },
  {
    name: 'matmul of no batch',
    shapes: { a: [0, 2, 2], b: [2, 3] },
    build: ({ a, b }) => matmul([a!, b!]),
    shape: [0, 2, 3],
  },
  {
    name: 'linear',
    shapes: { x: [2, 0, 5], weight: [3, 5] },
    build: ({ x, weight }) => linear(x!, { weight: weight! }),
    shape: [2, 0, 3],
  },
  {
    name: 'concat',
    shapes: { a: [0, 3], b: [2, 3] },
    build: ({ a, b }) => concat([a!, b!], 0),
    shape: [2, 3],
  },
  { name: 'reshape', shapes: { x: [0, 3] }, build: ({ x }) => reshape(x!, [3, 0]), shape: [3, 0] },
  {
    name: 'slice of nothing',
    shapes: { x: [2, 3] },
    build: ({ x }) => slice(x!, { axis: 0, start: 1, end: 1 }),
    shape: [0, 3],
  },
  {
    name: 'pad of nothing',
    shapes: { x: [0, 3] },
    build: ({ x }) => pad(x!, { axis: 0, before: 1, after: 1 }),
    shape: [2, 3],
  },
  {
    name: 'attention with an empty block',
    shapes: { q: [1, 2, 3, 2], k: [1, 2, 0, 2], m: [1, 1, 3, 0], k2: [1, 1 + 1, 3, 2], m2: [3, 3] },
    build: ({ q, k, m, k2, m2 }) =>
      attention(q!, [
        { keys: k!, values: k!, mask: m! },
        { keys: k2!, values: k2!, mask: m2! },
      ]).output,
    shape: [1, 2, 3, 2],
  },
  {
    name: 'attention of no queries',
    shapes: { q: [1, 2, 0, 2], k: [1, 2, 3, 2], m: [3] },
    build: ({ q, k, m }) => attention(q!, [{ keys: k!, values: k!, mask: m! }]).output,
    shape: [1, 2, 0, 2],
  },
];

describe.each(['float32', 'float64'] as FloatDType[])('axes of size zero in %s', (dtype) => {
  test.each(cases)('$name', async ({ shapes, build, shape }) => {
    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, sizes]) => {
        const count = sizes.reduce((a, b) => a * b, 1);
        return [
          name,
          tensorOf(
            dtype,
            sizes,
            Array.from({ length: count }, () => 1),
          ),
        ];
      }),
    );
    const result = await evaluate(feeds, (inputs) => {
      const y = build(inputs);
      const all = gradients(reduceSum(y), Object.values(inputs));
      return {
        y$: y,
        ...Object.fromEntries(all.map((d, i) => [`d ${Object.keys(inputs)[i]}`, d])),
      };
    });
    expect(result['y$']!.shape).toEqual(shape);
    for (const [name, sizes] of Object.entries(shapes)) {
      expect(result[`d ${name}`]!.shape).toEqual(sizes);
    }
    for (const tensor of Object.values(result)) {
      expect(numbersOf(tensor).every(Number.isFinite)).toBe(true);
    }
  });

  test('the loss of no rows is 0', async () => {
    const { loss, d } = await evaluate(
      {
        x: tensorOf(dtype, [0, 2], []),
        weight: tensorOf(dtype, [3, 2], [1, 2, 3, 4, 5, 6]),
        labels: tensorOf('int64', [0], []),
        rowWeights: tensorOf(dtype, [0], []),
      },
      ({ x, weight, labels, rowWeights }) => {
        const options = { weight: weight!, labels: labels!, rowWeights: rowWeights! };
        const summed = linearCrossEntropy(x!, options);
        return { loss: summed, d: gradients(summed, [weight!])[0]! };
      },
    );
    expect(numbersOf(loss!)).toEqual([0]);
    expect(numbersOf(d!)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

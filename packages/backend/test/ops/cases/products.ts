import { linear, linearCrossEntropy, matmul, type Shape } from '@q-anchor/graph';

import type { InputSpec, OpCase } from '../support/op-case.js';

const swapLast = (shape: Shape): Shape => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];

const operands: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 7],
    [7, 5],
  ],
  [
    [1, 1],
    [1, 3],
  ],
  [
    ['n', 7],
    [7, 'm'],
  ],
  [
    [2, 3, 7],
    [2, 7, 1],
  ],
  [
    [2, 3, 7],
    [7, 3],
  ],
  [
    [3, 7],
    [2, 7, 3],
  ],
  [
    [3, 1, 1, 7],
    [2, 7, 3],
  ],
  [
    ['n', 1, 3, 'm'],
    [1, 2, 'm', 5],
  ],
];

const transposes = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

const labelled = (use: string, rows: number, vocabulary: number, width: number): OpCase => ({
  op: 'linearCrossEntropy',
  use,
  inputs: {
    x: { shape: [rows, width] },
    weight: { shape: [vocabulary, width] },
    labels: {
      shape: [rows],
      dtype: 'int64',
      values: (_normal, i) => Math.floor(i / 2) % vocabulary,
    },
    rowWeights: {
      shape: [rows],
      isDifferentiable: false,
      values: (normal, i) => (i === 1 ? 0 : Math.abs(normal)),
    },
  },
  build: ({ x, weight, labels, rowWeights }) =>
    linearCrossEntropy(x!, { weight: weight!, labels: labels!, rowWeights: rowWeights! }),
});

/** Matrix products and what is made of them. */
export const productCases: readonly OpCase[] = [
  ...operands.flatMap(([a, b]) =>
    transposes.flatMap(({ transposeA, transposeB }) =>
      [1, 0.3].map((alpha): OpCase => {
        const [shapeA, shapeB] = [transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b];
        return {
          op: 'matmul',
          use: `${alpha} [${shapeA.join(', ')}]${transposeA ? "'" : ''} [${shapeB.join(', ')}]${transposeB ? "'" : ''}`,
          sizes: { n: 3, m: 7 },
          inputs: { a: { shape: shapeA }, b: { shape: shapeB } },
          build: (inputs) =>
            matmul([inputs['a']!, inputs['b']!], { transposeA, transposeB, alpha }),
        };
      }),
    ),
  ),
  {
    op: 'matmul',
    use: 'a matrix with itself',
    inputs: { a: { shape: [3, 7] } },
    build: ({ a }) => matmul([a!, a!], { transposeB: true }),
  },
  ...(
    [
      [[3, 7], true],
      [[7], true],
      [[1, 3, 7], false],
      [['n', 3, 7], true],
      [['n', 'm', 7], false],
    ] as const
  ).map(([shape, hasBias]): OpCase => ({
    op: 'linear',
    use: `[${shape.join(', ')}]${hasBias ? ' with bias' : ''}`,
    sizes: { n: 1, m: 3 },
    inputs: {
      x: { shape },
      weight: { shape: [3, 7] },
      ...(hasBias && { bias: { shape: [3] } satisfies InputSpec }),
    },
    build: ({ x, weight, bias }) => linear(x!, { weight: weight!, ...(bias && { bias }) }),
  })),
  labelled('seven rows, repeated labels', 7, 3, 5),
  labelled('one row', 1, 7, 3),
  labelled('one word', 3, 1, 3),
  {
    ...labelled('symbolic sizes', 7, 3, 5),
    sizes: { rows: 7, vocabulary: 3 },
    inputs: {
      ...labelled('', 7, 3, 5).inputs,
      x: { shape: ['rows', 5] },
      weight: { shape: ['vocabulary', 5] },
      labels: { shape: ['rows'], dtype: 'int64', values: [2, 2, 0, 1, 0, 2, 1] },
      rowWeights: { shape: ['rows'], isDifferentiable: false },
    },
  },
];

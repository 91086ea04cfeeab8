import {
  logSoftmax,
  logSumExp,
  reduceMean,
  reduceSum,
  softmax,
  type ReduceOptions,
  type Shape,
  type Tensor,
} from '@q-anchor/graph';

import type { OpCase } from '../support/op-case.js';

const reductions: readonly (readonly [Shape, ReduceOptions])[] = [
  [[3, 1, 7], {}],
  [[3, 1, 7], { keepDimensions: true }],
  [[3, 1, 7], { axes: [-1] }],
  [[3, 1, 7], { axes: [0, 2], keepDimensions: true }],
  [[3, 1, 7], { axes: [1] }],
  [[3, 7], { axes: [] }],
  [[], {}],
  [['n', 3, 'm'], { axes: [0] }],
  [['n', 3, 'm'], { axes: [0, -1] }],
  [['n', 3, 'm'], { axes: [2], keepDimensions: true }],
  [['n', '2*m'], { axes: [1] }],
];

const reduction = (op: string, of: (x: Tensor, options: ReduceOptions) => Tensor): OpCase[] =>
  reductions.map(([shape, options]) => ({
    op,
    use: `[${shape.join(', ')}] ${JSON.stringify(options)}`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape }, m: { shape: ['m'] } },
    build: ({ x, m }) => [of(x!, options), m!],
  }));

const overLastAxis = (op: string, of: (x: Tensor) => Tensor): OpCase[] =>
  ([[3, 7], [1], [7, 3, 1], ['n', 'm'], ['n', 1, 7]] as const).map((shape) => ({
    op,
    use: `[${shape.join(', ')}]`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape } },
    build: ({ x }) => of(x!),
  }));

/** Ops that reduce axes or normalise along one. */
export const reductionCases: readonly OpCase[] = [
  ...reduction('reduceSum', reduceSum),
  ...reduction('reduceMean', reduceMean),
  ...overLastAxis('softmax', softmax),
  ...overLastAxis('logSoftmax', logSoftmax),
  ...overLastAxis('logSumExp', logSumExp),
];

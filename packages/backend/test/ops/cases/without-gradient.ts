import {
  arange,
  dimensionValue,
  equal,
  greater,
  greaterOrEqual,
  logicalAnd,
  logicalOr,
  multiply,
  reduceMax,
  segmentMask,
  cast,
  type Operand,
  type Tensor,
} from '@q-anchor/graph';

import type { OpCase } from '../support/op-case.js';

const compared = (op: string, of: (a: Operand, b: Operand) => Tensor): OpCase[] => [
  {
    op,
    use: 'floats, broadcast',
    inputs: {
      a: { shape: [3, 1], values: [0, 1, 2] },
      b: { shape: [7], values: [0, 1, 2, 3, 0, 1, 2] },
    },
    build: (inputs) => of(inputs['a']!, inputs['b']!),
  },
  {
    op,
    use: 'integers with a number',
    sizes: { n: 3 },
    inputs: { a: { shape: ['n'], dtype: 'int64', values: [0, 1, 2] } },
    build: ({ a }) => [of(a!, 1), of(1, a!)],
  },
];

const bits = (_normal: number, index: number): number => (index % 3 === 0 ? 1 : 0);
const connected = (op: string, of: (a: Tensor, b: Tensor) => Tensor): OpCase => ({
  op,
  use: 'broadcast',
  inputs: {
    a: { shape: [3, 1], dtype: 'bool', values: bits },
    b: { shape: [7], dtype: 'bool', values: bits },
  },
  build: (inputs) => of(inputs['a']!, inputs['b']!),
});

/** Ops that have no gradient: only their values are compared. */
export const casesWithoutGradient: readonly OpCase[] = [
  ...compared('equal', equal),
  ...compared('greater', greater),
  ...compared('greaterOrEqual', greaterOrEqual),
  connected('logicalAnd', logicalAnd),
  connected('logicalOr', logicalOr),
  {
    op: 'arange',
    use: 'a number and a symbol',
    sizes: { n: 7 },
    inputs: { x: { shape: ['n'] } },
    build: ({ x }, { graph }) => [arange(graph, 3), arange(graph, '2*n'), x!],
  },
  {
    op: 'dimensionValue',
    use: 'as float and integer',
    sizes: { n: 7 },
    inputs: { x: { shape: ['n'] } },
    build: ({ x }, { graph, dtype }) => [
      multiply(x!, dimensionValue(graph, 'n+-1', dtype)),
      dimensionValue(graph, 3, dtype),
      dimensionValue(graph, '2*n*n+1', 'int64'),
    ],
  },
  ...([{}, { axes: [-1] }, { axes: [0, 2], keepDimensions: true }, { axes: [] }] as const).map(
    (options): OpCase => ({
      op: 'reduceMax',
      use: JSON.stringify(options),
      sizes: { n: 7 },
      inputs: { x: { shape: [3, 1, 'n'] } },
      build: ({ x }) => reduceMax(x!, options),
    }),
  ),
  {
    op: 'segmentMask',
    use: 'two sequences, padding',
    inputs: {
      s: { shape: [2, 3], dtype: 'int64', values: [0, 1, 2, 0, 1, -1] },
      p: { shape: [2, 3], dtype: 'int64', values: [0, 1, 1, 0, 1, 0] },
    },
    build: ({ s, p }, { dtype }) => {
      const layout = { segments: s!, positions: p! };
      return cast(segmentMask(layout, layout, { dtype }), dtype);
    },
  },
];

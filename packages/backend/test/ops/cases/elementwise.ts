import {
  add,
  broadcastTo,
  cast,
  cosine,
  divide,
  erf,
  exp,
  gelu,
  log,
  maximum,
  multiply,
  negate,
  relu,
  sigmoid,
  silu,
  sine,
  sqrt,
  subtract,
  sumOfSquares,
  swiglu,
  tanh,
  where,
  type Operand,
  type Shape,
  type Tensor,
} from '@q-anchor/graph';

import type { OpCase } from '../support/op-case.js';

const positive = (normal: number): number => 0.3 + Math.abs(normal);
const awayFromZero = (normal: number): number => normal + Math.sign(normal) * 0.2;

const unary = (
  op: string,
  of: (x: Tensor) => Tensor,
  values: (normal: number, index: number) => number = (normal) => 1.5 * normal,
): OpCase[] => [
  { op, use: '[3, 1, 7]', inputs: { x: { shape: [3, 1, 7], values } }, build: ({ x }) => of(x!) },
  { op, use: 'scalar', inputs: { x: { shape: [], values } }, build: ({ x }) => of(x!) },
  {
    op,
    use: '[n, 3]',
    sizes: { n: 7 },
    inputs: { x: { shape: ['n', 3], values } },
    build: ({ x }) => of(x!),
  },
];

const broadcasts: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 7],
    [3, 7],
  ],
  [[3, 7], [7]],
  [
    [3, 1],
    [1, 7],
  ],
  [[], [3, 7]],
  [
    [7, 1, 3],
    [3, 1],
  ],
  [
    ['n', 1],
    [1, 'm'],
  ],
  [['n', 'm'], [1]],
];

const binary = (
  op: string,
  of: (a: Operand, b: Operand) => Tensor,
  values?: (normal: number, index: number) => number,
): OpCase[] => [
  ...broadcasts.map(([a, b]) => ({
    op,
    use: `[${a.join(', ')}] with [${b.join(', ')}]`,
    sizes: { n: 3, m: 7 },
    inputs: {
      a: { shape: a, ...(values && { values }) },
      b: { shape: b, ...(values && { values }) },
    },
    build: (inputs: Readonly<Record<string, Tensor>>) => of(inputs['a']!, inputs['b']!),
  })),
  {
    op,
    use: 'number on the right',
    inputs: { a: { shape: [3], ...(values && { values }) } },
    build: ({ a }) => of(a!, 0.7),
  },
  {
    op,
    use: 'number on the left',
    inputs: { b: { shape: [3], ...(values && { values }) } },
    build: ({ b }) => of(0.7, b!),
  },
  {
    op,
    use: 'a tensor with itself',
    inputs: { a: { shape: [1, 7], ...(values && { values }) } },
    build: ({ a }) => of(a!, a!),
  },
];

const bits = (_normal: number, index: number): number => index % 2;

/** Ops that work element by element. */
export const elementwiseCases: readonly OpCase[] = [
  ...unary('cosine', cosine),
  ...unary('sine', sine),
  ...unary('exp', exp),
  ...unary('log', log, positive),
  ...unary('sqrt', sqrt, positive),
  ...unary('tanh', tanh),
  ...unary('sigmoid', sigmoid),
  ...unary('negate', negate),
  ...unary('relu', relu, awayFromZero),
  ...unary('erf', erf),
  ...unary('gelu', gelu),
  ...unary('silu', silu),
  ...unary('sumOfSquares', sumOfSquares),
  ...unary('gelu', gelu, (normal) => 6 * normal),
  ...unary('silu', silu, (normal) => 6 * normal),
  ...binary('add', add),
  ...binary('subtract', subtract),
  ...binary('multiply', multiply),
  ...binary('divide', divide, positive),
  // At a tie of a tensor with itself, each side's rule has its say and the sum is the derivative, 1.
  ...binary('maximum', maximum),
  {
    op: 'cast',
    use: 'through the type it has',
    inputs: { x: { shape: [3, 7] } },
    build: ({ x }, { dtype }) => cast(multiply(x!, x!), dtype),
  },
  {
    op: 'cast',
    use: 'an integer takes no gradient',
    inputs: { x: { shape: [3] }, i: { shape: [3], dtype: 'int64', values: [2, -1, 7] } },
    build: ({ x, i }, { dtype }) => multiply(x!, cast(i!, dtype)),
  },
  {
    op: 'broadcastTo',
    use: '[1, 7] to [3, 3, 7]',
    inputs: { x: { shape: [1, 7] } },
    build: ({ x }) => broadcastTo(x!, [3, 3, 7]),
  },
  {
    op: 'broadcastTo',
    use: '[n, 1] to [n, m]',
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape: ['n', 1] }, like: { shape: ['m'] } },
    build: ({ x, like }) => multiply(broadcastTo(x!, ['n', 'm']), like!),
  },
  {
    op: 'broadcastTo',
    use: 'scalar to [n, 2*n]',
    sizes: { n: 3 },
    inputs: { x: { shape: [] }, like: { shape: ['n'] } },
    build: ({ x, like }) => [broadcastTo(x!, ['n', '2*n']), like!],
  },
  ...(
    [
      [
        [3, 7],
        [3, 7],
        [3, 7],
      ],
      [[3, 1], [7], []],
      [[7], [3, 1], [1, 7]],
      [[], ['n'], [1]],
    ] as const
  ).map(([condition, a, b]): OpCase => ({
    op: 'where',
    use: `[${condition.join(', ')}] of [${a.join(', ')}] and [${b.join(', ')}]`,
    sizes: { n: 7 },
    inputs: {
      c: { shape: condition, dtype: 'bool', values: bits },
      a: { shape: a },
      b: { shape: b },
    },
    build: (inputs) => where(inputs['c']!, [inputs['a']!, inputs['b']!]),
  })),
  {
    op: 'where',
    use: 'a number',
    inputs: { c: { shape: [3], dtype: 'bool', values: bits }, a: { shape: [3] } },
    build: ({ c, a }) => [where(c!, [a!, -2]), where(c!, [3, a!])],
  },
  ...(
    [
      [3, 7],
      [1, 1],
      ['n', 7],
    ] as const
  ).map((shape): OpCase => ({
    op: 'swiglu',
    use: `[${shape.join(', ')}]`,
    sizes: { n: 3 },
    inputs: { gate: { shape }, up: { shape } },
    build: ({ gate, up }) => swiglu(gate!, up!),
  })),
  {
    op: 'swiglu',
    use: 'one tensor as both',
    inputs: { x: { shape: [7] } },
    build: ({ x }) => swiglu(x!, x!),
  },
];

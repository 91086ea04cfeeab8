import {
  concat,
  gather,
  multiply,
  pad,
  reshape,
  scatterAdd,
  slice,
  transpose,
} from '@q-anchor/graph';

import type { OpCase } from '../support/op-case.js';

/** Ops that move elements. */
export const shapeCases: readonly OpCase[] = [
  ...(
    [
      [
        [3, 7],
        [7, 3],
      ],
      [[3, 1, 7], [21]],
      [[1], []],
      [[], [1, 1]],
      [
        ['n', 7],
        [7, 'n'],
      ],
      [['n', 'm', 2], ['2*n*m']],
      [['2*n'], ['n', 2]],
      [
        ['n', 'm'],
        ['m', 1, 'n'],
      ],
    ] as const
  ).map(([from, to]): OpCase => ({
    op: 'reshape',
    use: `[${from.join(', ')}] to [${to.join(', ')}]`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape: from }, n: { shape: ['n'] } },
    build: ({ x, n }) => [reshape(x!, to), n!],
  })),
  ...(
    [
      [
        [3, 7],
        [1, 0],
      ],
      [
        [3, 1, 7],
        [2, 0, 1],
      ],
      [
        ['n', 'm', 3],
        [1, 2, 0],
      ],
      [
        ['n', 7],
        [0, 1],
      ],
    ] as const
  ).map(([shape, order]): OpCase => ({
    op: 'transpose',
    use: `[${shape.join(', ')}] by [${order.join(', ')}]`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape } },
    build: ({ x }) => transpose(x!, order),
  })),
  ...(
    [
      [[3, 7], { axis: 1, start: 2, end: 5 }],
      [[3, 7], { axis: 0, start: 1 }],
      [[3, 7], { axis: -1, end: 1 }],
      [[3, 7], { axis: 0, start: 3 }],
      [['n+m', 3], { axis: 0, start: 'n' }],
      [['n+m', 3], { axis: 0, end: 'n' }],
      [['n+m', 'n'], { axis: 0, start: 'n+-1', end: 'n+2' }],
    ] as const
  ).map(([shape, options]): OpCase => ({
    op: 'slice',
    use: `[${shape.join(', ')}] ${JSON.stringify(options)}`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape }, n: { shape: ['n'] }, m: { shape: ['m'] } },
    build: ({ x, n, m }) => [slice(x!, options), n!, m!],
  })),
  ...(
    [
      [[3, 7], { axis: 1, before: 2, after: 0 }],
      [[3, 1], { axis: -1, before: 1, after: 3 }],
      [[3], { axis: 0, before: 0, after: 0 }],
      [['n', 3], { axis: 0, before: 'm', after: 1 }],
      [['n', 'm'], { axis: 1, before: 0, after: '2*n' }],
    ] as const
  ).map(([shape, options]): OpCase => ({
    op: 'pad',
    use: `[${shape.join(', ')}] ${JSON.stringify(options)}`,
    sizes: { n: 3, m: 7 },
    inputs: { x: { shape }, n: { shape: ['n'] }, m: { shape: ['m'] } },
    build: ({ x, n, m }) => [pad(x!, options), n!, m!],
  })),
  {
    op: 'concat',
    use: 'axis 0',
    inputs: { a: { shape: [3, 7] }, b: { shape: [1, 7] } },
    build: ({ a, b }) => concat([a!, b!], 0),
  },
  {
    op: 'concat',
    use: 'last axis, three, one of them twice',
    inputs: { a: { shape: [3, 7] }, b: { shape: [3, 1] } },
    build: ({ a, b }) => concat([a!, b!, a!], -1),
  },
  {
    op: 'concat',
    use: 'a single one',
    inputs: { a: { shape: [3, 7] } },
    build: ({ a }) => concat([a!], 1),
  },
  {
    op: 'concat',
    use: 'symbolic sizes',
    sizes: { n: 3, m: 7 },
    inputs: { a: { shape: [1, 'n'] }, b: { shape: [1, 'm'] } },
    build: ({ a, b }) => concat([a!, b!], 1),
  },
  ...([false, true] as const).flatMap((isDistinct): OpCase[] => {
    const repeated = isDistinct ? [6, 0, 3] : [6, 3, 3];
    const use = isDistinct ? 'distinct' : 'repeated';
    return [
      {
        op: 'gather',
        use: `${use} rows of [7, 3]`,
        inputs: { table: { shape: [7, 3] }, i: { shape: [3], dtype: 'int64', values: repeated } },
        build: ({ table, i }) => gather(table!, i!, { isDistinct }),
      },
      {
        op: 'gather',
        use: `${use} rows of [rows, 1, 3] by a matrix`,
        sizes: { rows: 7, n: 3 },
        inputs: {
          table: { shape: ['rows', 1, 3] },
          i: { shape: [1, 'n'], dtype: 'int64', values: repeated },
        },
        build: ({ table, i }) => gather(table!, i!, { isDistinct }),
      },
      {
        op: 'gather',
        use: `${use} elements of a vector`,
        inputs: { table: { shape: [7] }, i: { shape: [3, 1], dtype: 'int64', values: repeated } },
        build: ({ table, i }) => gather(table!, i!, { isDistinct }),
      },
      {
        op: 'scatterAdd',
        use: `${use} rows into 7`,
        inputs: { u: { shape: [3, 3] }, i: { shape: [3], dtype: 'int64', values: repeated } },
        build: ({ u, i }) => scatterAdd(i!, { updates: u!, rows: 7, isDistinct }),
      },
      {
        op: 'scatterAdd',
        use: `${use} rows of [n, 1, 3, 1] into a symbol`,
        sizes: { n: 3, rows: 7 },
        inputs: {
          u: { shape: ['n', 1, 3, 1] },
          i: { shape: ['n', 1], dtype: 'int64', values: repeated },
          rows: { shape: ['rows'] },
        },
        build: ({ u, i, rows }) => [
          scatterAdd(i!, { updates: u!, rows: 'rows', isDistinct }),
          rows!,
        ],
      },
      {
        op: 'scatterAdd',
        use: `${use} elements into a vector`,
        inputs: { u: { shape: [3] }, i: { shape: [3], dtype: 'int64', values: repeated } },
        build: ({ u, i }) => scatterAdd(i!, { updates: multiply(u!, u!), rows: 7, isDistinct }),
      },
    ];
  }),
  {
    op: 'gather',
    use: 'one row and index',
    inputs: { table: { shape: [1, 1] }, i: { shape: [], dtype: 'int64', values: [0] } },
    build: ({ table, i }) => gather(table!, i!),
  },
];

import {
  attention,
  dropout,
  layerNorm,
  multiply,
  rmsNorm,
  rotary,
  segmentMask,
  stopGradient,
  type Shape,
  type Tensor,
} from '@q-anchor/graph';

import type { InputSpec, OpCase } from '../support/op-case.js';

const normShapes: readonly Shape[] = [[3, 7], [7], [3, 1, 7], [3, 1], ['n', 'm', 7]];

/** Every third key hidden, but never the first. */
const visibility = (_normal: number, i: number): number => (i % 3 === 2 ? -1e9 : 0);

interface AttentionShape {
  readonly use: string;
  readonly batch: number | string;
  readonly heads: number;
  readonly groups: number;
  readonly queries: number | string;
  readonly keys: readonly (number | string)[];
  readonly size: number;
  readonly mask?: 'full' | 'row';
}

const attentionCase = (shape: AttentionShape): OpCase => {
  const { batch, heads, groups, queries, keys, size, mask = 'full' } = shape;
  const masks = keys.map((count) =>
    mask === 'full' ? [batch, heads, queries, count] : [1, 1, 1, count],
  );
  const inputs: Record<string, InputSpec> = { q: { shape: [batch, heads, queries, size] } };
  for (const [i, count] of keys.entries()) {
    inputs[`k${i}`] = { shape: [batch, groups, count, size] };
    inputs[`v${i}`] = { shape: [batch, groups, count, size] };
    inputs[`mask${i}`] = { shape: masks[i]!, isDifferentiable: false, values: visibility };
  }
  return {
    op: 'attention',
    use: shape.use,
    sizes: { batch: 2, time: 3, prefix: 7 },
    inputs,
    build: (tensors) => {
      const blocks = keys.map((_, i) => ({
        keys: tensors[`k${i}`]!,
        values: tensors[`v${i}`]!,
        mask: tensors[`mask${i}`]!,
      }));
      const { output, probabilities } = attention(tensors['q']!, blocks);
      return [output, ...probabilities];
    },
  };
};

const one = { batch: 1, heads: 1, groups: 1, queries: 1, keys: [1], size: 1 };

const turned = (
  use: string,
  [batch, time]: readonly [number | string, number | string],
): OpCase => ({
  op: 'rotary',
  use,
  sizes: { batch: 1, time: 3 },
  inputs: {
    x: { shape: [batch, time, 12] },
    positions: { shape: [batch, time], dtype: 'int64', values: (_normal, i) => (5 * i) % 7 },
    angles: { shape: [7, 3], isDifferentiable: false },
    others: { shape: [7, 3], isDifferentiable: false },
  },
  // The gradient holds for any table, not for cosines and sines of one angle alone.
  build: ({ x, positions, angles, others }) =>
    rotary(x!, { positions: positions!, cosines: angles!, sines: others! }),
});

/** Composed layers. */
export const layerCases: readonly OpCase[] = [
  ...normShapes.map((shape): OpCase => ({
    op: 'rmsNorm',
    use: `[${shape.join(', ')}]`,
    sizes: { n: 3, m: 1 },
    inputs: { x: { shape }, weight: { shape: [shape.at(-1)!] } },
    build: ({ x, weight }) => rmsNorm(x!, { weight: weight!, epsilon: 1e-3 }),
  })),
  ...normShapes.map((shape): OpCase => ({
    op: 'layerNorm',
    use: `[${shape.join(', ')}]`,
    sizes: { n: 3, m: 1 },
    inputs: { x: { shape }, weight: { shape: [shape.at(-1)!] }, bias: { shape: [shape.at(-1)!] } },
    build: ({ x, weight, bias }) => layerNorm(x!, { weight: weight!, bias: bias!, epsilon: 1e-3 }),
  })),
  turned('two heads, [3, 7]', [3, 7]),
  turned('two heads, [7, 1]', [7, 1]),
  turned('two heads, [batch, time]', ['batch', 'time']),
  attentionCase({ use: 'one of everything', ...one }),
  attentionCase({
    use: 'one block',
    ...one,
    batch: 2,
    heads: 3,
    groups: 3,
    queries: 7,
    keys: [7],
    size: 5,
  }),
  attentionCase({
    use: 'grouped heads',
    ...one,
    batch: 2,
    heads: 6,
    groups: 2,
    queries: 3,
    keys: [7],
    size: 3,
  }),
  attentionCase({
    use: 'two blocks',
    ...one,
    batch: 2,
    heads: 3,
    groups: 1,
    queries: 3,
    keys: [7, 3],
    size: 3,
  }),
  attentionCase({
    use: 'two blocks, one mask row',
    ...one,
    batch: 1,
    heads: 2,
    groups: 2,
    queries: 3,
    keys: [1, 3],
    size: 7,
    mask: 'row',
  }),
  attentionCase({
    use: 'symbolic sizes',
    batch: 'batch',
    heads: 4,
    groups: 2,
    queries: 'time',
    keys: ['prefix', 'time'],
    size: 3,
  }),
  {
    op: 'attention',
    use: 'segment mask, queries used as keys and values too',
    sizes: { time: 7 },
    inputs: {
      x: { shape: [1, 1, 'time', 3] },
      segments: { shape: [1, 'time'], dtype: 'int64', values: [0, 0, 0, 1, 1, 2, 2] },
      positions: { shape: [1, 'time'], dtype: 'int64', values: [0, 1, 2, 3, 4, 3, 4] },
    },
    build: ({ x, segments, positions }, { dtype }): Tensor => {
      const layout = { segments: segments!, positions: positions! };
      const mask = segmentMask(layout, layout, { dtype });
      return attention(x!, [{ keys: x!, values: x!, mask }]).output;
    },
  },
  ...([[3, 7], [1, 1], [7], [3, 1, 7], [2, 'n', 'm', 3]] as const).map((shape): OpCase => ({
    op: 'dropout',
    use: `[${shape.join(', ')}]`,
    sizes: { n: 3, m: 1 },
    inputs: { x: { shape }, seed: { shape: [], dtype: 'int64', values: [5] } },
    build: ({ x, seed }) => [
      dropout(x!, { rate: 0.4, seed: seed!, site: 'a' }),
      dropout(x!, { rate: 0, seed: seed!, site: 'b' }),
    ],
  })),
  {
    op: 'stopGradient',
    use: 'one factor of two',
    inputs: { x: { shape: [3] }, held: { shape: [3], isDifferentiable: false } },
    build: ({ x, held }) => multiply(x!, stopGradient(held!)),
  },
];

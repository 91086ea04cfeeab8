import { decoder, decoderParameters, parameterInputs, type PastLayer } from '@q-anchor/backbone';
import { createRandom, InputError } from '@q-anchor/core';
import {
  add,
  createGraph,
  multiply,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';
import { expect, test } from 'vitest';

import {
  configs,
  drawnWeights,
  engine,
  numbersOf,
  relativeError,
  tensorOf,
} from './support/decoder-runs.js';

const config = configs.qwen2;
const { keyValueHeads, headSize, layers, width } = config;
const specs = decoderParameters(config);
const [batch, time, past] = [2, 3, 5];

const random = createRandom(7);
const drawn = (
  shape: readonly number[],
  { scale = 1, shift = 0 }: { readonly scale?: number; readonly shift?: number } = {},
): TensorData => {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: count }, () => shift + scale * random.uniform());
  return tensorOf('float32', [shape, values]);
};
const cacheShape = [batch, keyValueHeads, past, headSize];
const rangeShape = [batch, keyValueHeads, 1, headSize];
const kinds = ['keys', 'values'] as const;
const names = Array.from({ length: layers }, (_, layer) => kinds.map((kind) => `${kind}${layer}`));

const feeds: Record<string, TensorData> = {
  ...drawnWeights(specs, { dtype: 'float32' }),
  embeddings: drawn([batch, time, width], { scale: 2, shift: -1 }),
};
for (const name of names.flat()) {
  feeds[name] = drawn(cacheShape, { scale: 255 });
  feeds[`${name}s`] = drawn(rangeShape, { scale: 0.02, shift: 0.001 });
  // One offset far off: what biases do to keys.
  feeds[`${name}o`] = drawn(rangeShape, { scale: 40, shift: -20 });
  feeds[`${name}f`] = drawn(cacheShape, { scale: 2, shift: -1 });
}
const layout = (
  count: number,
  from: number,
): readonly [segments: TensorData, positions: TensorData] => [
  tensorOf('int64', [[batch, count], Array<number>(batch * count).fill(0)]),
  tensorOf('int64', [
    [batch, count],
    Array.from({ length: batch * count }, (_, i) => from + (i % count)),
  ]),
];

/** Hidden states behind a block of floats and one of numbers of ranges. */
async function hidden(options: {
  readonly joinsPast: boolean;
  readonly inRanges: boolean;
  readonly rangedBlocks?: number;
}): Promise<number[]> {
  const graph = createGraph();
  const input = (name: string): Tensor =>
    graph.inputs.find((one) => one.name === name) ??
    graph.input(name, feeds[name]!.shape, feeds[name]!.dtype);
  const ranged = (layer: number): PastLayer => {
    const range = (kind: (typeof kinds)[number]) => ({
      scales: input(`${kind}${layer}s`),
      offsets: input(`${kind}${layer}o`),
    });
    const ranges = { keys: range('keys'), values: range('values') };
    const plain = (kind: (typeof kinds)[number]) => input(`${kind}${layer}`);
    const float = (kind: (typeof kinds)[number]) =>
      add(multiply(plain(kind), ranges[kind].scales), ranges[kind].offsets);
    return options.inRanges
      ? { keys: plain('keys'), values: plain('values'), ranges }
      : { keys: float('keys'), values: float('values') };
  };
  const floats = (layer: number): PastLayer => ({
    keys: input(`keys${layer}f`),
    values: input(`values${layer}f`),
  });
  const all: Record<string, TensorData> = {};
  const place = (graphOf: Graph, name: string, [count, from]: readonly [number, number]) => {
    const [segments, positions] = layout(count, from);
    all[`${name}.segments`] = segments;
    all[`${name}.positions`] = positions;
    return {
      segments: graphOf.input(`${name}.segments`, segments.shape, 'int64'),
      positions: graphOf.input(`${name}.positions`, positions.shape, 'int64'),
    };
  };
  const block = (name: string, from: number, layerOf: (layer: number) => PastLayer) => ({
    layout: place(graph, name, [past, from]),
    layers: names.map((_, layer) => layerOf(layer)),
  });
  const { rangedBlocks = 1 } = options;
  const output = decoder(parameterInputs(graph, specs), {
    config,
    embeddings: input('embeddings'),
    layout: place(graph, 'own', [time, 2 * past]),
    past: [
      block('floats', 0, floats),
      ...Array.from({ length: rangedBlocks }, (_, i) => block(`ranged ${i}`, past, ranged)),
    ],
    joinsPast: options.joinsPast,
  });
  graph.output('hidden', output.hidden);
  await using program = await engine.compile(graph);
  const outputs = await program.run({ ...feeds, ...all });
  return numbersOf(outputs['hidden']!);
}

test.each([true, false])(
  'numbers of ranges are what they stand for, joined %s',
  async (joinsPast) => {
    const floats = await hidden({ joinsPast, inRanges: false });
    const ranged = await hidden({ joinsPast, inRanges: true });
    expect(relativeError(ranged, floats)).toBeLessThan(1e-5);
    // Without a block in ranges something else comes out: it is seen.
    const without = await hidden({ joinsPast, inRanges: true, rangedBlocks: 0 });
    expect(relativeError(without, floats)).toBeGreaterThan(1e-2);
  },
);

test('several blocks of ranges are refused', async () => {
  await expect(hidden({ joinsPast: true, inRanges: true, rangedBlocks: 2 })).rejects.toThrow(
    InputError,
  );
});

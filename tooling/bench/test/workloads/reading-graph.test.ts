import { decoderParameters, initialParameters } from '@q-anchor/backbone';
import { createOnnxEngine, type Tensors } from '@q-anchor/backend';
import { afterAll, expect, test } from 'vitest';

import { cacheNames, freshNames, readingGraph } from '../../src/workloads/reading-graph.js';
import { float32Tensor, int64Tensor } from '../../src/workloads/tensors.js';
import { nanoConfig as config } from '../backbone/nano-checkpoint.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

const specs = decoderParameters(config);
const weights = initialParameters(specs, { seed: 1 });

const tokens = (from: number, count: number): Tensors => ({
  ids: int64Tensor([1, count], (i) => (7 * (from + i)) % 300),
  ownSegments: int64Tensor([1, count], () => 0),
  ownPositions: int64Tensor([1, count], (i) => from + i),
});

/** Keys and values of a reading as the past of the next one; of no tokens without one. */
const past = (read?: { feeds: Tensors; outputs: Tensors }): Tensors => {
  const empty = float32Tensor([1, config.keyValueHeads, 0, config.headSize], new Float32Array());
  const feeds: Record<string, Tensors[string]> = {
    pastSegments: read?.feeds['ownSegments'] ?? int64Tensor([1, 0], () => 0),
    pastPositions: read?.feeds['ownPositions'] ?? int64Tensor([1, 0], () => 0),
  };
  for (let i = 0; i < config.layers; i++) {
    for (const kind of ['keys', 'values'] as const) {
      feeds[cacheNames(i)[kind]] = read?.outputs[freshNames(i)[kind]] ?? empty;
    }
  }
  return feeds;
};

test('one program reads a prefix behind no past, and goes on behind its keys and values', async () => {
  const compiled = (hasPast: boolean) =>
    engine.compile(readingGraph(config, { specs, weights, hasPast, givesCache: true }), {
      weights,
    });
  const whole = (await (await compiled(false)).run(tokens(0, 12)))['hidden']!.data as Float32Array;
  const program = await compiled(true);
  const feeds = tokens(0, 9);
  const outputs = await program.run({ ...feeds, ...past() });
  const state = await engine.createState(past({ feeds, outputs }));
  const rest = await program.run(tokens(9, 3), { state });
  const joined = [outputs, rest].flatMap(({ hidden }) => [...(hidden!.data as Float32Array)]);
  expect(joined).toHaveLength(whole.length);
  for (const [i, value] of joined.entries()) expect(value).toBeCloseTo(whole[i]!, 5);
});

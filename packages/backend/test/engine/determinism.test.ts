import { expect, test } from 'vitest';

import { createEngine, type Engine, type Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  createGraph,
  gradients,
  matmul,
  multiply,
  reduceMean,
  subtract,
  tanh,
} from '@q-anchor/graph';

import { tensor } from './support/tensors.js';

const [rows, width] = [37, 65];

/** Twenty optimiser steps from a seed. */
async function trained(engine: Engine, seed: number): Promise<Tensors> {
  const random = createRandom(seed);
  const drawn = (shape: readonly [number, number]) =>
    tensor(
      Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
      { shape },
    );
  const graph = createGraph();
  const x = graph.input('x', ['rows', width]);
  const w = graph.input('w', [width, width]);
  const residual = subtract(tanh(matmul([x, w])), x);
  const loss = reduceMean(multiply(residual, residual));
  const [gradient] = gradients(loss, [w]);
  graph.output('loss', loss);
  graph.output('next', subtract(w, multiply(gradient!, 0.1)));
  await using state = await engine.createState({ w: drawn([width, width]) });
  await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
  let outputs: Tensors = {};
  for (let i = 0; i < 20; i++) outputs = await program.run({ x: drawn([rows, width]) });
  return { ...outputs, ...(await state.read()) };
}

test('the same seed and threads give the same bits, in another session and another thread', async () => {
  const options = { device: 'cpu', threads: 2 } as const;
  await using first = await createEngine(options);
  await using second = await createEngine(options);
  await using inWorker = await createEngine({ ...options, worker: true });
  const expected = await trained(first, 7);
  expect(await trained(first, 7)).toEqual(expected);
  expect(await trained(second, 7)).toEqual(expected);
  expect(await trained(inWorker, 7)).toEqual(expected);
  expect(await trained(second, 8)).not.toEqual(expected);
});

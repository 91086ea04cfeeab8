import { createOnnxEngine } from '@q-anchor/backend';
import { createGraph, matmul } from '@q-anchor/graph';

import { scatteredTensor } from './tensors.js';
import type { PreparedWorkload, RunOptions } from './workload.js';

/**
 * One product of two square matrices: the engine's speed where nothing holds it up.
 *
 * @param size - rows and columns
 * @param options - threads, and whether to profile
 */
export async function prepareMatrixProduct(
  size: number,
  { profile = false, ...engineOptions }: RunOptions = {},
): Promise<PreparedWorkload> {
  const graph = createGraph();
  const [a, b] = [graph.input('a', [size, size]), graph.input('b', [size, size])];
  graph.output('product', matmul([a, b]));
  const engine = createOnnxEngine(engineOptions);
  const program = await engine.compile(graph, { profile });
  const feeds = { a: scatteredTensor([size, size]), b: scatteredTensor([size, size]) };
  return {
    run: async () => void (await program.run(feeds)),
    endProfile: () => program.endProfile(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

// Run by devices.test.ts in a process whose environment has a driver; prints one line of JSON.
import { createEngine, type Engine, type Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import {
  add,
  attention,
  createGraph,
  gradients,
  multiply,
  reduceSum,
  rmsNorm,
  softmax,
  type TensorData,
} from '@q-anchor/graph';

import { numbers, rejection, tensor } from './tensors.js';

const random = createRandom(5);
const drawn = (shape: readonly number[]): TensorData => {
  const elements = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Array.from({ length: elements }, () => random.normal()),
    { shape },
  );
};
const feeds = { x: drawn([7, 5]) };
const w = drawn([7, 5]);
const attentionFeeds = {
  queries: drawn([2, 4, 3, 8]),
  keys: drawn([2, 2, 3, 8]),
  values: drawn([2, 2, 3, 8]),
  weight: drawn([8]),
};

/** Softmax and sum of x + w, with w updated by x. */
async function results(engine: Engine): Promise<{ outputs: Tensors; state: Tensors }> {
  const graph = createGraph();
  const x = graph.input('x', [7, 5]);
  const sum = add(x, graph.input('w', [7, 5]));
  graph.output('softmax', softmax(sum));
  graph.output('sum', reduceSum(multiply(sum, sum)));
  graph.output('next', sum);
  await using state = await engine.createState({ w });
  await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
  await program.run(feeds);
  return { outputs: await program.run(feeds), state: await state.read() };
}

/** Normalised grouped-query attention and its gradient: batched products, all transposed ways. */
async function attended(engine: Engine): Promise<Tensors> {
  const graph = createGraph();
  const queries = graph.input('queries', [2, 4, 3, 8]);
  const keys = graph.input('keys', [2, 2, 3, 8]);
  const values = graph.input('values', [2, 2, 3, 8]);
  const normed = rmsNorm(queries, { weight: graph.input('weight', [8]), epsilon: 1e-6 });
  const mask = graph.constant(0);
  const { output } = attention(normed, [{ keys, values, mask }]);
  graph.output('attended', output);
  const loss = reduceSum(multiply(output, output));
  graph.output('gradient', gradients(loss, [queries])[0]!);
  await using program = await engine.compile(graph, { name: 'attended' });
  return await program.run(attentionFeeds);
}

const difference = (a: Tensors, b: Tensors): number =>
  Math.max(
    ...Object.keys(a).flatMap((name) => {
      const other = numbers(b[name]!);
      return numbers(a[name]!).map((x, i) => Math.abs(x - other[i]!) / (1 + Math.abs(other[i]!)));
    }),
  );

await using cpu = await createEngine({ device: 'cpu' });
await using gpu = await createEngine({ device: 'webgpu' });
await using worker = await createEngine({ device: 'webgpu', worker: true });
const [expected, found] = [await results(cpu), await results(gpu)];
const inWorker = await results(worker);
const attention32 = [await attended(cpu), await attended(gpu)] as const;

// WebGPU has no float64.
const exact = createGraph();
exact.output('y', add(exact.input('x', [2], 'float64'), 0.5));
const refusal = (await rejection(gpu.compile(exact, { name: 'exact' }))) as Error;
await using lenient = await createEngine({ device: 'webgpu', cpuFallback: true });
await using program = await lenient.compile(exact, { profile: true });
const { y } = await program.run({ x: tensor([1, 2], { dtype: 'float64' }) });
const { byProviderMs } = await program.endProfile();

const report = {
  device: gpu.device,
  error: difference(expected.outputs, found.outputs),
  stateError: difference(expected.state, found.state),
  attentionError: difference(...attention32),
  workerError: difference(expected.outputs, inWorker.outputs),
  refusal: refusal.message,
  allowed: numbers(y!),
  providers: Object.keys(byProviderMs),
};
process.stdout.write(`${JSON.stringify(report)}\n`);

// Run by devices.test.ts in a process whose environment has a driver; prints one line of JSON.
import { createEngine, type Engine, type Tensors } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import { add, createGraph, multiply, reduceSum, softmax, type TensorData } from '@q-anchor/graph';

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
  workerError: difference(expected.outputs, inWorker.outputs),
  refusal: refusal.message,
  allowed: numbers(y!),
  providers: Object.keys(byProviderMs),
};
process.stdout.write(`${JSON.stringify(report)}\n`);

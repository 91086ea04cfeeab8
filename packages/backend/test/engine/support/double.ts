// Run by telemetry.test.ts in a process of its own: doubles a number, here or in a worker.
import { createEngine } from '@q-anchor/backend';
import { add, createGraph } from '@q-anchor/graph';

const graph = createGraph();
const x = graph.input('x', ['n']);
graph.output('double', add(x, x));
await using engine = await createEngine({ device: 'cpu', worker: process.argv[2] === 'worker' });
await using program = await engine.compile(graph);
const { double } = await program.run({
  x: { dtype: 'float32', shape: [1], data: Float32Array.of(21) },
});
process.stdout.write(`${double!.data[0]}\n`);

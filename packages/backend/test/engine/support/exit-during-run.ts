// Run by worker.test.ts in a process of its own: exits with code 3 while a worker computes.
import { createEngine } from '@q-anchor/backend';
import { createGraph, matmul } from '@q-anchor/graph';

import { filled } from './tensors.js';

const shape = [512, 512];
const graph = createGraph();
const x = graph.input('x', shape);
let y = x;
for (let i = 0; i < 40; i++) y = matmul([y, x]);
graph.output('y', y);

const engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
const program = await engine.compile(graph);
await program.run({ x: filled(0, shape) });
void program.run({ x: filled(0, shape) });
process.stdout.write('running\n');
setTimeout(() => process.exit(3), 50);

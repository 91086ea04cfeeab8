import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { add, createGraph, multiply, reduceSum } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { filled, numbers } from './support/tensors.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const rssMB = (): number => {
  collectGarbage();
  return process.memoryUsage.rss() / 1e6;
};

const shape = [256, 256]; // 262 kB
const bytes = 4 * 256 * 256;

describe.each(engines)('an engine %s', (_, engineOf) => {
  test('200 programs and states leave nothing behind', { timeout: 120_000 }, async () => {
    const engine = await engineOf();
    const cycle = async (): Promise<void> => {
      const graph = createGraph();
      const w = graph.input('w', shape);
      graph.output('next', add(w, graph.input('x', shape)));
      graph.output('y', multiply(w, graph.input('embedded', shape)));
      await using state = await engine.createState({ w: filled(1, shape) });
      await using program = await engine.compile(graph, {
        weights: { embedded: filled(2, shape) },
        state,
        updates: { next: 'w' },
      });
      await program.run({ x: filled(3, shape) });
      expect(await engine.liveCounts()).toEqual({ programs: 1, states: 1, stateBytes: 2 * bytes });
    };
    for (let i = 0; i < 150; i++) await cycle(); // until garbage collection is in its stride
    const before = rssMB();
    for (let i = 0; i < 200; i++) await cycle();
    // A leak of one buffer a cycle would be 52 MB, of a program far more.
    expect(rssMB() - before).toBeLessThan(40);
    expect(await engine.liveCounts()).toEqual({ programs: 0, states: 0, stateBytes: 0 });
  });

  test('2,000 runs leave nothing behind', { timeout: 120_000 }, async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const w = graph.input('w', shape);
    const x = graph.input('x', shape);
    graph.output('y', add(w, x));
    graph.output('next', add(w, reduceSum(x)));
    await using state = await engine.createState({ w: filled(1, shape) });
    await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
    const feeds = { x: filled(0, shape) };
    for (let i = 0; i < 200; i++) await program.run(feeds);
    const before = rssMB();
    for (let i = 0; i < 2000; i++) await program.run(feeds);
    expect(rssMB() - before).toBeLessThan(50); // a leak of one buffer a run would be 524 MB
    expect((await engine.liveCounts()).stateBytes).toBe(2 * bytes);
  });
});

test('updates are written in place: a step allocates nothing of the size of the state', async () => {
  const engine = await engines[0]![1]();
  const large = [2048, 2048];
  const graph = createGraph();
  const w = graph.input('w', large);
  graph.output('next', add(w, graph.input('x', [])));
  graph.output('sum', reduceSum(w));
  await using state = await engine.createState({ w: filled(0, large) });
  await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
  const x = { dtype: 'float32', shape: [], data: Float32Array.of(1) } as const;
  await program.run({ x }); // makes the second buffer
  collectGarbage();
  const { arrayBuffers: before } = process.memoryUsage();
  const during: number[] = [];
  for (let i = 0; i < 12; i++) {
    const { sum } = await program.run({ x });
    expect(numbers(sum!)[0]).toBe((i + 1) * 2048 * 2048);
    during.push(process.memoryUsage().arrayBuffers);
  }
  expect(Math.max(...during) - before).toBeLessThan(1e6); // one copy would be 17 MB
});

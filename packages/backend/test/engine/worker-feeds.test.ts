import { createEngine, EngineError } from '@q-anchor/backend';
import { createRandom } from '@q-anchor/core';
import { add, cast, createGraph, gather, reduceSum, type TensorData } from '@q-anchor/graph';
import { expect, test } from 'vitest';

import { numbers } from './support/tensors.js';

const floats = (...values: readonly number[]): TensorData => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});

/** Sums of floats, of integers of 8 bits and of 64; and the floats themselves. */
function sums() {
  const graph = createGraph();
  const x = graph.input('x', ['n']);
  const q = graph.input('q', ['m'], 'uint8');
  const i = graph.input('i', ['m'], 'int64');
  graph.output('same', x);
  graph.output('x2', add(x, x));
  graph.output('sum', reduceSum(add(cast(q, 'float32'), cast(i, 'float32'))));
  return graph;
}

test('feeds of many sizes, several runs at once: each gets its own, and keeps what it got', async () => {
  await using engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
  await using program = await engine.compile(sums());
  const random = createRandom(1);
  const run = async () => {
    const n = random.integer(random.pick([1, 5, 1000, 60_000]));
    const m = random.integer(40);
    const xs = Array.from({ length: n }, () => random.integer(1000));
    const qs = Array.from({ length: m }, () => random.integer(256));
    const is = Array.from({ length: m }, () => random.integer(10_000));
    // A view inside a larger buffer, as a part of a cached prefix is.
    const bytes = Uint8Array.from([9, 9, 9, ...qs, 9]).subarray(3, 3 + m);
    const outputs = await program.run({
      x: floats(...xs),
      q: { dtype: 'uint8', shape: [m], data: bytes },
      i: { dtype: 'int64', shape: [m], data: BigInt64Array.from(is, BigInt) },
    });
    return { outputs, xs, sum: [...qs, ...is].reduce((a, b) => a + b, 0) };
  };
  const done: Awaited<ReturnType<typeof run>>[] = [];
  for (let round = 0; round < 20; round++) {
    done.push(...(await Promise.all(Array.from({ length: 1 + (round % 4) }, run))));
  }
  // All at the end: a buffer that is used again must not hold what was returned before.
  for (const { outputs, xs, sum } of done) {
    expect(numbers(outputs['same']!)).toEqual(xs);
    expect(numbers(outputs['x2']!)).toEqual(xs.map((x) => 2 * x));
    expect(numbers(outputs['sum']!)).toEqual([sum]);
  }
});

test('what the caller feeds stays his, after a run and after one that fails', async () => {
  await using engine = await createEngine({ device: 'cpu', threads: 1, worker: true });
  const graph = createGraph();
  const table = graph.input('table', ['rows', 1]);
  graph.output('chosen', gather(table, graph.input('index', ['n'], 'int64')));
  await using program = await engine.compile(graph);
  const rows: TensorData = { ...floats(4, 5, 6), shape: [3, 1] };
  const index = (...of: readonly bigint[]): TensorData => ({
    dtype: 'int64',
    shape: [of.length],
    data: BigInt64Array.from(of),
  });
  for (let i = 0; i < 3; i++) {
    const { chosen } = await program.run({ table: rows, index: index(2n, 0n) });
    expect(numbers(chosen!)).toEqual([6, 4]);
    await expect(program.run({ table: rows, index: index(7n) })).rejects.toThrow(EngineError);
    expect(numbers(rows)).toEqual([4, 5, 6]);
  }
});

import { describe, expect, test } from 'vitest';

import {
  add,
  arange,
  createGraph,
  multiply,
  negate,
  reshape,
  slice,
  type Graph,
} from '@q-anchor/graph';

import { engine, numbersOf, tensorOf } from './support/engine.js';

const run = async (
  graph: Graph,
  feeds: Parameters<Awaited<ReturnType<typeof engine.compile>>['run']>[0],
) => {
  await using program = await engine.compile(graph);
  return await program.run(feeds);
};

test('an output that is an input, a constant, or another output too', async () => {
  const graph = createGraph();
  const x = graph.input('x', [2]);
  const y = negate(x);
  graph.output('the input', x);
  graph.output('the number', graph.constant(2.5));
  graph.output('the vector', graph.constant(tensorOf('int64', [2], [7, -7])));
  graph.output('first', y);
  graph.output('second', y);
  graph.output('used', negate(y));
  const result = await run(graph, { x: tensorOf('float32', [2], [1, 2]) });
  expect(numbersOf(result['the input']!)).toEqual([1, 2]);
  expect(numbersOf(result['the number']!)).toEqual([2.5]);
  expect(numbersOf(result['the vector']!)).toEqual([7, -7]);
  expect(numbersOf(result['first']!)).toEqual([-1, -2]);
  expect(numbersOf(result['second']!)).toEqual([-1, -2]);
  expect(numbersOf(result['used']!)).toEqual([1, 2]);
});

test('names that look like those made up inside', async () => {
  const graph = createGraph();
  // Tensors are named after op and number, helpers after op and a point.
  const names = ['negate_3', 'constant.0', 'Shape.1', 'multiply_4'];
  const [a, b, c] = names.slice(0, 3).map((name) => graph.input(name, ['n']));
  const y = multiply(negate(a!), 3);
  graph.output('multiply_4', add(add(y, b!), c!));
  graph.output('Mul.2', reshape(slice(y, { axis: 0, start: 0, end: 1 }), []));
  const result = await run(graph, {
    negate_3: tensorOf('float32', [2], [1, 2]),
    'constant.0': tensorOf('float32', [2], [10, 20]),
    'Shape.1': tensorOf('float32', [2], [100, 200]),
  });
  expect(numbersOf(result['multiply_4']!)).toEqual([107, 214]);
  expect(numbersOf(result['Mul.2']!)).toEqual([-3]);
});

test('sizes are computed from the inputs at run time', async () => {
  const graph = createGraph();
  const x = graph.input('x', ['n', 'm']);
  graph.input('y', ['n+m', 'k']);
  graph.output('range', arange(graph, 'n*m+2*k+-1'));
  graph.output('flat', reshape(x, ['m*n']));
  const feeds = (n: number, m: number, k: number) => ({
    x: tensorOf('float32', [n, m], new Float32Array(n * m)),
    y: tensorOf('float32', [n + m, k], new Float32Array((n + m) * k)),
  });
  for (const [n, m, k] of [
    [2, 3, 1],
    [1, 1, 4],
    [0, 5, 1],
  ] as const) {
    const result = await run(graph, feeds(n, m, k));
    expect(result['range']!.shape).toEqual([n * m + 2 * k - 1]);
    expect(result['flat']!.shape).toEqual([n * m]);
  }
});

describe('constants', () => {
  test('zero and minus zero are two numbers', async () => {
    const graph = createGraph();
    graph.output('plus', graph.constant(0));
    graph.output('minus', graph.constant(-0));
    const result = await run(graph, {});
    expect(result['plus']!.data[0]).toBe(0);
    expect(result['minus']!.data[0]).toBe(-0);
  });

  test('float16 bits, int64 and booleans arrive as they are', async () => {
    const graph = createGraph();
    const half = { dtype: 'float16', shape: [], data: Uint16Array.of(0x3e00) } as const;
    graph.output('half', graph.constant(half));
    const large = { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 60n + 1n) } as const;
    graph.output('large', graph.constant(large));
    graph.output('bits', graph.constant(tensorOf('bool', [2], [1, 0])));
    const result = await run(graph, {});
    expect(result['half']!.data).toEqual(half.data);
    expect(result['large']!.data).toEqual(large.data);
    expect(numbersOf(result['bits']!)).toEqual([1, 0]);
  });
});

test('embedded weights stop being inputs', async () => {
  const graph = createGraph();
  const [x, w] = [graph.input('x', ['n']), graph.input('w', ['n'])];
  graph.output('y', multiply(x, w));
  const weights = { w: tensorOf('float32', [2], [10, 100]) };
  await using program = await engine.compile(graph, { weights });
  expect(program.inputs.map(({ name }) => name)).toEqual(['x']);
  const { y } = await program.run({ x: tensorOf('float32', [2], [1, 2]) });
  expect(numbersOf(y!)).toEqual([10, 200]);
});

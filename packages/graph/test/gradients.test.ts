import { InputError, ShapeError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  add,
  createGraph,
  gradients,
  matmul,
  multiply,
  reduceMax,
  reduceSum,
  stopGradient,
  withGradient,
  type Graph,
} from '@q-anchor/graph';

const nodesMade = (graph: Graph, make: () => unknown): string[] => {
  const before = graph.nodes.length;
  make();
  return graph.nodes.slice(before).map(({ op }) => op.name);
};

test('gradients have the type and shape of what they belong to', () => {
  const graph = createGraph();
  const x = graph.input('x', ['n', 1], 'float64');
  const w = graph.input('w', [3], 'float64');
  const i = graph.input('i', [2], 'int64');
  const all = gradients(reduceSum(multiply(x, w)), [w, i, x]);
  expect(all.map(({ shape }) => shape)).toEqual([[3], [2], ['n', 1]]);
  expect(all.map(({ dtype }) => dtype)).toEqual(['float64', 'int64', 'float64']);
});

test('only what is wanted is computed', () => {
  const graph = createGraph();
  const [a, b] = [graph.input('a', [2, 2]), graph.input('b', [2, 2])];
  const loss = reduceSum(matmul([a, b]));
  const one = nodesMade(graph, () => gradients(loss, [a]));
  const both = nodesMade(graph, () => gradients(loss, [a, b]));
  expect(one.filter((name) => name === 'matmul')).toHaveLength(1);
  expect(both.filter((name) => name === 'matmul')).toHaveLength(2);
});

test('nothing is computed through stopGradient or towards what does not matter', () => {
  const graph = createGraph();
  const [x, y] = [graph.input('x', [2]), graph.input('y', [2])];
  const loss = reduceSum(stopGradient(multiply(x, x)));
  expect(nodesMade(graph, () => gradients(loss, [x, y]))).toEqual(['broadcastTo', 'broadcastTo']);
});

test('an axis of size 1 on both sides is not summed over', () => {
  const graph = createGraph();
  const [x, y] = [graph.input('x', [1, 3]), graph.input('y', [1, 3])];
  const loss = reduceSum(add(x, y));
  expect(nodesMade(graph, () => gradients(loss, [x, y]))).not.toContain('reduceSum');
});

describe('errors', () => {
  test('a loss that is no scalar, or no float', () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    expect(() => gradients(x, [x])).toThrow(ShapeError);
    expect(() => gradients(x, [x])).toThrow('gradients: expected shape [], got [2]');
    const i = graph.input('i', [], 'int64');
    expect(() => gradients(i, [x])).toThrow('gradients: expected a float loss, found int64');
  });

  test('a tensor of another graph, even where numbers coincide', () => {
    const [one, other] = [createGraph(), createGraph()];
    const [x, foreign] = [one.input('x', []), other.input('y', [])];
    expect(() => gradients(multiply(x, x), [foreign])).toThrow(InputError);
  });

  test('an op without a gradient, but only on the way', () => {
    const graph = createGraph();
    const [x, y] = [graph.input('x', [2]), graph.input('y', [2])];
    const loss = add(reduceMax(x), reduceSum(y));
    expect(() => gradients(loss, [x])).toThrow(InputError);
    expect(() => gradients(loss, [x])).toThrow('gradient through reduceMax');
    expect(() => gradients(loss, [y])).not.toThrow();
  });

  test('a gradient rule for what no op made', () => {
    const x = createGraph().input('x', []);
    expect(() => withGradient(x, { inputs: [], vjp: () => [] })).toThrow(InputError);
  });
});

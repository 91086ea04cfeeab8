import { InputError, ShapeError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  add,
  arrayFrom,
  arrayOf,
  bytesPerElement,
  createGraph,
  isFloat,
  multiply,
  negate,
  type DType,
} from '@q-anchor/graph';

describe('inputs and outputs', () => {
  test('keep their order, names, types and canonical shapes', () => {
    const graph = createGraph();
    const x = graph.input('x', ['time', 'b*a', 'a+a'], 'float64');
    const ids = graph.input('ids', [], 'int64');
    expect(graph.inputs).toEqual([x, ids]);
    expect(x.shape).toEqual(['time', 'a*b', '2*a']);
    expect([x.dtype, ids.dtype, ids.shape]).toEqual(['float64', 'int64', []]);
    const [y, z] = [negate(x), negate(negate(x))];
    graph.output('z', z);
    graph.output('y', y);
    expect([...graph.outputs]).toEqual([
      ['z', z],
      ['y', y],
    ]);
    expect(graph.nodes.map(({ op }) => op.name)).toEqual(['negate', 'negate', 'negate']);
  });

  test('names clash neither among nor between inputs and outputs', () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    graph.output('y', negate(x));
    for (const name of ['x', 'y', '']) {
      expect(() => graph.input(name, [2])).toThrow(InputError);
      expect(() => graph.output(name, x)).toThrow(InputError);
    }
    expect(() => graph.output('x', x)).toThrow(
      "graph output 'x': expected a name not used by another input or output, found one that is",
    );
    expect([graph.inputs.length, graph.outputs.size]).toEqual([1, 1]);
  });

  test('a size below zero, or no integer', () => {
    expect(() => createGraph().input('x', [2, -1])).toThrow(InputError);
    expect(() => createGraph().input('x', [0.5])).toThrow(InputError);
  });

  test('tensors of another graph', () => {
    const [one, other] = [createGraph(), createGraph()];
    const [x, y] = [one.input('x', [2]), other.input('y', [2])];
    expect(() => add(x, y)).toThrow(
      "add: expected tensors of one graph, found 'y' of another graph",
    );
    expect(() => one.output('y', y)).toThrow(InputError);
    expect(one.nodes).toEqual([]);
  });
});

describe('constants', () => {
  test('equal numbers of a type are one tensor, other types and signs are others', () => {
    const graph = createGraph();
    const two = graph.constant(2);
    expect(two).toMatchObject({ dtype: 'float32', shape: [] });
    expect(graph.constant(2)).toBe(two);
    expect(graph.constant(2, 'float64')).not.toBe(two);
    expect(graph.constant(-0)).not.toBe(graph.constant(0));
    expect(graph.constant(Number.NaN)).toBe(graph.constant(Number.NaN));
  });

  test('content must fill its shape', () => {
    const data = Float32Array.of(1, 2, 3);
    expect(() => createGraph().constant({ dtype: 'float32', shape: [2, 2], data })).toThrow(
      ShapeError,
    );
    const constant = createGraph().constant({ dtype: 'float32', shape: [3, 1], data });
    expect(constant.constant!.data).toBe(data);
  });

  test('numbers become scalars of the other operand', () => {
    const graph = createGraph();
    const y = multiply(graph.input('x', [2], 'int64'), 3);
    expect(y.producer!.inputs[1]!.constant).toEqual({
      dtype: 'int64',
      shape: [],
      data: BigInt64Array.of(3n),
    });
    expect(() => multiply(graph.input('i', [2], 'int64'), 0.5)).toThrow(InputError);
    expect(() => add(1, 2)).toThrow('add: expected at least one tensor, found two numbers');
  });
});

describe('element types', () => {
  const arrays: readonly (readonly [DType, string])[] = [
    ['float32', 'Float32Array'],
    ['float64', 'Float64Array'],
    ['float16', 'Uint16Array'],
    ['int64', 'BigInt64Array'],
    ['int32', 'Int32Array'],
    ['uint8', 'Uint8Array'],
    ['bool', 'Uint8Array'],
  ];

  test.each(arrays)('%s is kept in a %s', (dtype, name) => {
    const array = arrayOf(dtype, 3);
    expect(array[Symbol.toStringTag]).toBe(name);
    expect(array.length).toBe(3);
    expect(array.byteLength).toBe(3 * bytesPerElement[dtype]);
    expect(isFloat(dtype)).toBe(['float32', 'float64'].includes(dtype));
  });

  test.each(arrays.filter(([dtype]) => dtype !== 'float16'))('numbers as %s', (dtype) => {
    expect(Array.from(arrayFrom(dtype, [1, 0, 1]), Number)).toEqual([1, 0, 1]);
  });

  test('numbers are no float16', () => {
    expect(() => arrayFrom('float16', [1])).toThrow(InputError);
  });

  test('an int64 must be an integer', () => {
    expect(() => arrayFrom('int64', [1, 2.5])).toThrow('expected int64 integers, found 2.5');
  });
});

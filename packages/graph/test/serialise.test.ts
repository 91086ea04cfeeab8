import { InputError } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  add,
  createGraph,
  gather,
  matmul,
  multiply,
  negate,
  reduceSum,
  reshape,
  rmsNorm,
  serialiseOnnx,
  slice,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { readOnnx } from './support/read-onnx.js';

const f32 = (shape: readonly number[], ...values: number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

/** `y = x w + b`, with rows unknown. */
const affine = (): Graph => {
  const graph = createGraph();
  const x = graph.input('x', ['rows', 2]);
  const [w, b] = [graph.input('w', [2, 3]), graph.input('b', ['width'])];
  graph.output('y', matmul([x, w]));
  graph.output('b2', multiply(b, 2));
  return graph;
};

describe('the file', () => {
  test('versions, typed inputs and outputs, named dimensions', () => {
    const graph = createGraph();
    const x = graph.input('x', ['batch', 'time+1', 4], 'float64');
    graph.input('ids', [], 'int64');
    graph.output('y', reshape(x, ['batch*time+batch', 4]));
    const file = readOnnx(serialiseOnnx(graph).model);
    expect(file.irVersion).toBe(9);
    expect(file.opsets).toEqual({ '': 20, 'com.microsoft': 1 });
    expect(file.inputs).toEqual([
      { name: 'x', type: 11, shape: ['batch', 'time+1', 4] },
      { name: 'ids', type: 7, shape: [] },
    ]);
    expect(file.outputs).toEqual([{ name: 'y', type: 11, shape: ['batch+batch*time', 4] }]);
  });

  test('only what the outputs depend on is written', () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    multiply(negate(x), 3);
    graph.output('y', add(x, x));
    const { nodes, initializers } = readOnnx(serialiseOnnx(graph).model);
    expect(nodes).toEqual([{ type: 'Add', domain: '', inputs: ['x', 'x'], outputs: ['y'] }]);
    expect(initializers).toEqual([]);
  });

  test('a number is written once, however often it is used', () => {
    const graph = createGraph();
    const x = graph.input('x', [2]);
    graph.output('y', multiply(multiply(x, 3), 3));
    const { initializers } = readOnnx(serialiseOnnx(graph).model);
    expect(initializers.map(({ shape, bytes }) => [shape, [...bytes!]])).toEqual([
      [[], [...new Uint8Array(Float32Array.of(3).buffer)]],
    ]);
  });

  test('the fused op in float32, its parts in float64', () => {
    const typesOf = (dtype: 'float32' | 'float64') => {
      const graph = createGraph();
      const [x, weight] = [graph.input('x', [2, 3], dtype), graph.input('w', [3], dtype)];
      graph.output('y', rmsNorm(x, { weight, epsilon: 1e-6 }));
      return readOnnx(serialiseOnnx(graph).model).nodes.map(({ type }) => type);
    };
    expect(typesOf('float32')).toEqual(['SimplifiedLayerNormalization']);
    expect(typesOf('float64')).toContain('ReduceMean');
  });

  test('a size is read from the first input that has it, once', () => {
    const graph = createGraph();
    graph.input('ids', ['n+1'], 'int64');
    const [x, y] = [graph.input('x', [4, 'n']), graph.input('y', ['n'])];
    graph.output('a', slice(x, { axis: 1, end: 'n+-1' }));
    graph.output('b', slice(y, { axis: 0, start: 'n+-1' }));
    const { nodes } = readOnnx(serialiseOnnx(graph).model);
    const shapes = nodes.filter(({ type }) => type === 'Shape');
    expect(shapes.map(({ inputs }) => inputs)).toEqual([['x']]);
  });

  test('an output that is an input, a constant, or a second name is copied under its name', () => {
    const graph = createGraph();
    const x = graph.input('x', [1]);
    const y = negate(x);
    graph.output('input', x);
    graph.output('constant', graph.constant(1));
    graph.output('one', y);
    graph.output('two', y);
    const { nodes } = readOnnx(serialiseOnnx(graph).model);
    expect(nodes.map(({ type, outputs }) => [type, outputs[0]])).toEqual([
      ['Neg', 'one'],
      ['Identity', 'input'],
      ['Identity', 'constant'],
      ['Identity', 'two'],
    ]);
  });
});

describe('weights', () => {
  const weights = { w: f32([2, 3], 1, 2, 3, 4, 5, 6), b: f32([2], 7, 8) };

  test('are embedded and no longer inputs', () => {
    const { model, external, inputs } = serialiseOnnx(affine(), { weights });
    const file = readOnnx(model);
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
    expect(file.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(external).toEqual([]);
    const [w, b] = file.initializers.filter(({ name }) => ['w', 'b'].includes(name));
    expect([w!.shape, b!.shape]).toEqual([[2, 3], [2]]);
    expect(new Float32Array(w!.bytes!.slice().buffer)).toEqual(weights.w.data);
    expect(b!.external).toEqual({});
  });

  test('that nothing reads are left out', () => {
    const graph = affine();
    graph.input('unused', [4]);
    const unused = f32([4], 1, 2, 3, 4);
    const options = { inlineLimitBytes: 0, weights: { ...weights, unused } };
    const { model, external, inputs } = serialiseOnnx(graph, options);
    expect(external.map(({ byteLength }) => byteLength)).toEqual([24, 8]);
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
    expect(readOnnx(model).initializers.some(({ name }) => name === 'unused')).toBe(false);
  });

  test('that only a size is read from stay', () => {
    const graph = createGraph();
    const [x, sized] = [graph.input('x', [4]), graph.input('sized', ['n'])];
    graph.output('y', slice(x, { axis: 0, end: 'n' }));
    const { model } = serialiseOnnx(graph, { weights: { [sized.name]: f32([2], 1, 2) } });
    expect(readOnnx(model).initializers.some(({ name }) => name === 'sized')).toBe(true);
  });

  describe('of half floats', () => {
    const file = { path: '/w', byteOffset: 0, byteLength: 12, encoding: 'bfloat16' } as const;
    const stored = { w: { dtype: 'float32', shape: [3, 2], file } } as const;
    const typesOf = (
      build: (w: Tensor, ids: Tensor) => Tensor,
      options: { readonly isCpu?: boolean } = {},
    ): string[] => {
      const graph = createGraph();
      const w = graph.input('w', [3, 2]);
      graph.output('y', build(w, graph.input('ids', ['n'], 'int64')));
      const { nodes } = readOnnx(serialiseOnnx(graph, { weights: stored, ...options }).model);
      return nodes.map(({ type }) => type);
    };

    test('are widened whole, or row by row where rows are looked up', () => {
      expect(typesOf((w) => negate(w))).toEqual(['Cast', 'Neg']);
      expect(typesOf((w, ids) => gather(w, ids))).toEqual(['Gather', 'Cast']);
      expect(typesOf((w, ids) => add(gather(w, ids), reduceSum(w)))[0]).toBe('Cast');
    });

    test('are widened whole for devices that might not look up half floats', () => {
      expect(typesOf((w, ids) => gather(w, ids), { isCpu: false })).toEqual(['Cast', 'Gather']);
    });
  });

  test('a view into a larger buffer is written as itself', () => {
    const data = Float32Array.of(0, 0, 7, 8, 0).subarray(2, 4);
    const view = { dtype: 'float32', shape: [2], data } as const;
    const { initializers } = readOnnx(serialiseOnnx(affine(), { weights: { b: view } }).model);
    const { bytes } = initializers.find(({ name }) => name === 'b')!;
    expect(new Float32Array(bytes!.slice().buffer)).toEqual(Float32Array.of(7, 8));
  });

  test('past the limit they go to the external file, one after the other', () => {
    const options = { weights, inlineLimitBytes: 31, externalLocation: 'parts.bin' };
    const { model, external, externalLocation } = serialiseOnnx(affine(), options);
    expect(externalLocation).toBe('parts.bin');
    expect(external.map(({ byteLength }) => byteLength)).toEqual([24, 8]);
    const [w, b] = readOnnx(model).initializers.filter(({ name }) => ['w', 'b'].includes(name));
    expect(w!.external).toEqual({ location: 'parts.bin', offset: '0', length: '24' });
    expect(b!.external).toEqual({ location: 'parts.bin', offset: '24', length: '8' });
    expect([w!.bytes, b!.bytes, b!.location]).toEqual([undefined, undefined, 1]);
    const exactly = serialiseOnnx(affine(), { ...options, inlineLimitBytes: 32 });
    expect(exactly.external).toEqual([]);
  });

  test("an input with the name of an object's own methods stays an input", () => {
    const graph = createGraph();
    graph.output('y', negate(graph.input('toString', [1])));
    expect(serialiseOnnx(graph).inputs.map(({ name }) => name)).toEqual(['toString']);
  });

  test.each<readonly [string, Record<string, TensorData>, string]>([
    ['no such input', { v: f32([1], 1) }, "weight 'v': expected an input so named, found none"],
    [
      'another shape',
      { w: f32([3, 2], 1, 2, 3, 4, 5, 6) },
      "weight 'w': expected float32 [2, 3], found float32 [3, 2]",
    ],
    ['another rank', { b: f32([2, 1], 1, 2) }, "weight 'b': expected float32 [width]"],
    [
      'another type',
      { b: { dtype: 'int32', shape: [1], data: Int32Array.of(1) } },
      'found int32 [1]',
    ],
    ['too few elements', { b: f32([3], 1, 2) }, "weight 'b': expected 3 elements, found 2"],
  ])('%s', (_name, wrong, message) => {
    expect(() => serialiseOnnx(affine(), { weights: wrong })).toThrow(InputError);
    expect(() => serialiseOnnx(affine(), { weights: wrong })).toThrow(message);
  });
});

describe('graphs that cannot be written', () => {
  test('no output', () => {
    expect(() => serialiseOnnx(createGraph())).toThrow(
      'graph: expected at least one output, found none',
    );
  });

  test('a size that no input tells', () => {
    const graph = createGraph();
    const x = graph.input('x', ['n+m', 'n']);
    graph.output('y', slice(x, { axis: 0, start: 'm' }));
    expect(() => serialiseOnnx(graph)).toThrow(InputError);
    expect(() => serialiseOnnx(graph)).toThrow(
      "dimension 'm': expected an input that has it as one of its dimensions, found inputs [x]",
    );
  });
});

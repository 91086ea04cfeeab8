import { describe, expect, test } from 'vitest';

import { createGraph, reshape, type DType, type TensorArray } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { tensor } from './support/tensors.js';

const contents: Readonly<Record<DType, TensorArray>> = {
  float32: Float32Array.of(-0, 1.5, Infinity, 1e-45),
  float64: Float64Array.of(-0, 0.1, -Infinity, 5e-324),
  float16: Uint16Array.of(0x0001, 0x3c00, 0x7bff, 0xfc00), // smallest, 1, largest, -infinity
  int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, 2n ** 53n + 1n),
  int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 7),
  uint8: Uint8Array.of(0, 255, 128, 1),
  bool: Uint8Array.of(0, 1, 1, 0),
};

describe.each(engines)('an engine %s', (_, engineOf) => {
  test.each(Object.entries(contents))('gives %s back bit by bit', async (name, data) => {
    const dtype = name as DType;
    const engine = await engineOf();
    const graph = createGraph();
    const x = graph.input('x', ['n'], dtype);
    graph.output('row', reshape(x, [1, 'n']));
    graph.output('next', reshape(graph.input('w', [4], dtype), [4]));
    const content = { dtype, shape: [4], data };
    await using state = await engine.createState({ w: content });
    await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
    for (let i = 0; i < 2; i++) {
      const { row } = await program.run({ x: content });
      expect(row).toEqual({ dtype, shape: [1, 4], data });
    }
    expect(await state.read()).toEqual({ w: content });

    const reader = createGraph();
    reader.output('row', reshape(reader.input('x', [4], dtype), [2, 2]));
    await using plain = await engine.compile(reader);
    expect((await plain.run({ x: content }))['row']).toEqual({ dtype, shape: [2, 2], data });
    expect(content.data).toHaveLength(4); // the feed is still there
  });

  test('takes scalars', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    graph.output('row', reshape(graph.input('x', []), [1]));
    await using program = await engine.compile(graph);
    const { row } = await program.run({ x: tensor([3], { shape: [] }) });
    expect(row).toEqual(tensor([3]));
  });
});

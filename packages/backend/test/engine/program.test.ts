import { describe, expect, test } from 'vitest';

import { EngineError, type Engine, type Program } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { add, concat, createGraph, gather, matmul, multiply } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { filled, numbers, rejection, tensor } from './support/tensors.js';

/** y = x w, and z = x + x; x is [batch, 3], w is [3, width]. */
function products(engine: Engine): Promise<Program> {
  const graph = createGraph();
  const x = graph.input('x', ['batch', 3]);
  const w = graph.input('w', [3, 'width']);
  graph.output('y', matmul([x, w]));
  graph.output('z', add(x, x));
  return engine.compile(graph, { name: 'products' });
}

describe.each(engines)('a program %s', (_, engineOf) => {
  test('returns its outputs by name, at any size of its symbols', async () => {
    await using program = await products(await engineOf());
    expect(program.name).toBe('products');
    expect(program.inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: ['batch', 3] },
      { name: 'w', dtype: 'float32', shape: [3, 'width'] },
    ]);
    expect(program.outputs).toEqual(['y', 'z']);
    for (const [batch, width] of [
      [1, 1],
      [2, 5],
      [0, 4],
    ] as const) {
      const outputs = await program.run({ x: filled(2, [batch, 3]), w: filled(3, [3, width]) });
      expect(Object.keys(outputs)).toEqual(['y', 'z']);
      expect(outputs['y']).toEqual(filled(18, [batch, width]));
      expect(outputs['z']).toEqual(filled(4, [batch, 3]));
    }
  });

  test('returns only the outputs that are asked for', async () => {
    const engine = await engineOf();
    await using program = await products(engine);
    const feeds = { x: filled(2, [1, 3]), w: filled(3, [3, 2]) };
    expect(await program.run(feeds, { outputs: ['z'] })).toEqual({ z: filled(4, [1, 3]) });
    const wrong = await rejection(program.run(feeds, { outputs: ['z', 'w'] }));
    expect(wrong).toBeInstanceOf(InputError);
    expect(String(wrong)).toContain("output 'w' of products: expected one of y, z");
    expect(Object.keys(await program.run(feeds))).toEqual(['y', 'z']);
  });

  test('updates its state, whichever outputs are asked for', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const w = graph.input('w', [2]);
    graph.output('next', add(w, graph.input('x', [2])));
    graph.output('double', add(w, w));
    graph.output('same', multiply(w, 1));
    await using state = await engine.createState({ w: tensor([1, 2]) });
    await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
    const x = tensor([10, 10]);
    expect(await program.run({ x }, { outputs: ['same'] })).toEqual({ same: tensor([1, 2]) });
    expect(await program.run({ x })).toEqual({ double: tensor([22, 24]), same: tensor([11, 12]) });
    const error = await rejection(program.run({ x }, { outputs: ['next'] }));
    expect(error).toBeInstanceOf(InputError);
  });

  test('leaves the feeds to the caller and gives him the outputs', async () => {
    await using program = await products(await engineOf());
    const whole = Float32Array.of(9, 9, 9, 1, 2, 3, 9);
    const x = { dtype: 'float32', shape: [1, 3], data: whole.subarray(3, 6) } as const;
    const w = filled(1, [3, 1]);
    const first = await program.run({ x, w });
    const second = await program.run({ x: filled(7, [1, 3]), w });
    expect([...whole]).toEqual([9, 9, 9, 1, 2, 3, 9]);
    expect(numbers(w)).toEqual([1, 1, 1]);
    expect(numbers(first['y']!)).toEqual([6]); // not overwritten by the second run
    expect(numbers(second['y']!)).toEqual([21]);
  });

  test('embeds weights, whose symbols then are known', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const x = graph.input('x', ['batch', 3]);
    graph.output('y', matmul([x, graph.input('w', [3, 2])]));
    await using program = await engine.compile(graph, { weights: { w: filled(2, [3, 2]) } });
    expect(program.inputs.map(({ name }) => name)).toEqual(['x']);
    expect((await program.run({ x: filled(1, [1, 3]) }))['y']).toEqual(filled(6, [1, 2]));
  });

  test('ignores feeds it has no input for', async () => {
    await using program = await products(await engineOf());
    const feeds = { x: filled(1, [1, 3]), w: filled(1, [3, 1]), other: filled(1, [4]) };
    expect(numbers((await program.run(feeds))['y']!)).toEqual([3]);
  });

  test('wraps what fails inside the engine, with its name and the cause', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const table = graph.input('table', [3, 2]);
    graph.output('row', gather(table, graph.input('index', [1], 'int64')));
    await using program = await engine.compile(graph, { name: 'lookup' });
    const feeds = { table: filled(1, [3, 2]), index: tensor([5], { dtype: 'int64' }) };
    const error = (await rejection(program.run(feeds))) as EngineError;
    expect(error).toBeInstanceOf(EngineError);
    expect(EngineError.isInstance(error)).toBe(true);
    expect(error.program).toBe('lookup');
    expect(error.message).toMatch(/^lookup: .*5/);
    expect(error.cause).toBeInstanceOf(Error);
    // It still works.
    const valid = { ...feeds, index: tensor([2], { dtype: 'int64' }) };
    expect(numbers((await program.run(valid))['row']!)).toEqual([1, 1]);
  });

  test('refuses to run after its end, and ends twice without harm', async () => {
    const program = await products(await engineOf());
    await program[Symbol.asyncDispose]();
    await program[Symbol.asyncDispose]();
    const feeds = { x: filled(1, [1, 3]), w: filled(1, [3, 1]) };
    const error = await rejection(program.run(feeds));
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ where: 'products', found: 'a disposed one' });
  });

  test('finishes runs that were asked for before its end', async () => {
    const program = await products(await engineOf());
    const feeds = { x: filled(1, [1, 3]), w: filled(1, [3, 1]) };
    const running = [program.run(feeds), program.run(feeds)];
    await program[Symbol.asyncDispose]();
    for (const outputs of await Promise.all(running)) expect(numbers(outputs['y']!)).toEqual([3]);
  });

  const wrongFeeds = [
    ['nothing', {}, InputError, "feed 'x' of products: expected float32 [batch, 3], found nothing"],
    [
      'another type',
      { x: tensor([1, 2, 3], { shape: [1, 3], dtype: 'float64' }) },
      InputError,
      "feed 'x' of products: expected float32 [batch, 3], found float64 [1, 3]",
    ],
    [
      'another rank',
      { x: filled(1, [3]) },
      ShapeError,
      "feed 'x' of products: expected shape [batch, 3], got [3]",
    ],
    [
      'another fixed size',
      { x: filled(1, [2, 4]) },
      ShapeError,
      "feed 'x' of products: expected shape [batch = 2 as in 'x', 3], got [2, 4]",
    ],
    [
      'too few elements',
      { x: { ...filled(1, [1, 3]), data: new Float32Array(2) } },
      InputError,
      "feed 'x' of products: expected 3 elements for [1, 3], found 2",
    ],
    [
      'an array of another class',
      { x: { ...filled(1, [1, 3]), data: new Float64Array(3) } },
      InputError,
      "feed 'x' of products: expected float32 in a Float32Array, found Float64Array",
    ],
  ] as const;
  test.each(wrongFeeds)('refuses a feed with %s', async (_name, feeds, errorClass, message) => {
    await using program = await products(await engineOf());
    const error = await rejection(program.run({ w: filled(1, [3, 1]), ...feeds }));
    expect(error).toBeInstanceOf(errorClass);
    expect((error as Error).message).toBe(message);
  });

  test('refuses symbols of two sizes, alone or in a sum', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const x = graph.input('x', ['batch', 'a']);
    const y = graph.input('y', ['batch', 'b']);
    const both = graph.input('both', ['batch', 'a+b']);
    graph.output('z', multiply(concat([x, y], 1), both));
    await using program = await engine.compile(graph, { name: 'joined' });
    const feeds = { x: filled(1, [2, 3]), y: filled(1, [2, 1]), both: filled(5, [2, 4]) };
    expect((await program.run(feeds))['z']).toEqual(filled(5, [2, 4]));

    const batches = await rejection(program.run({ ...feeds, y: filled(1, [4, 1]) }));
    expect(batches).toBeInstanceOf(ShapeError);
    expect((batches as Error).message).toBe(
      "feed 'y' of joined: expected shape [batch = 2 as in 'x', b = 1 as in 'y'], got [4, 1]",
    );
    const sums = await rejection(program.run({ ...feeds, both: filled(5, [2, 5]) }));
    expect(sums).toBeInstanceOf(ShapeError);
    expect((sums as Error).message).toBe(
      "feed 'both' of joined: expected shape [batch = 2 as in 'x', a+b = 4], got [2, 5]",
    );
  });

  test('refuses weights that do not fit, at compilation', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    graph.output('y', multiply(graph.input('x', [2]), 2));
    const error = await rejection(engine.compile(graph, { weights: { x: filled(1, [3]) } }));
    expect(error).toBeInstanceOf(InputError);
    expect((await engine.liveCounts()).programs).toBe(0);
  });
});

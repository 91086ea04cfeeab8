import { describe, expect, test } from 'vitest';

import { EngineError, type Engine, type State, type Tensors } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { add, createGraph, gather, multiply, reduceSum } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { filled, numbers, rejection, tensor } from './support/tensors.js';

/** next = w + x, and the sum of w before; `w` is a state tensor. */
function step(engine: Engine, state: State) {
  const graph = createGraph();
  const w = graph.input('w', [2]);
  const x = graph.input('x', [2]);
  graph.output('next', add(w, x));
  graph.output('before', reduceSum(w));
  return engine.compile(graph, { name: 'step', state, updates: { next: 'w' } });
}

const valueOf = async (state: State, name = 'w'): Promise<number[]> =>
  numbers((await state.read([name]))[name]!);

describe.each(engines)('a state %s', (_, engineOf) => {
  test('is updated by runs, and returned outputs leave the updates out', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2]) });
    await using program = await step(engine, state);
    expect(program.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(program.outputs).toEqual(['before']);
    const before: number[] = [];
    for (let i = 0; i < 5; i++) {
      const outputs = await program.run({ x: tensor([1, 10]) });
      expect(Object.keys(outputs)).toEqual(['before']);
      expect(outputs['before']!.shape).toEqual([]);
      before.push(...numbers(outputs['before']!));
    }
    expect(before).toEqual([3, 14, 25, 36, 47]);
    expect(await state.read()).toEqual({ w: tensor([6, 52]) });
  });

  test('shares nothing with what it was made of, what is read and what is written', async () => {
    const engine = await engineOf();
    const initial = tensor([1, 2]);
    const bytes = Buffer.from([1, 2, 3]);
    await using state = await engine.createState({
      w: initial,
      bytes: { dtype: 'uint8', shape: [3], data: bytes },
    });
    initial.data[0] = 50;
    bytes[0] = 50;
    const read = await state.read();
    read['w']!.data[1] = 50;
    const written = tensor([3, 4]);
    expect(await valueOf(state)).toEqual([1, 2]);
    expect(await valueOf(state, 'bytes')).toEqual([1, 2, 3]);
    await state.write({ w: written });
    written.data[0] = 50;
    expect(await valueOf(state)).toEqual([3, 4]);
  });

  test('is shared by programs', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2]), scale: tensor([3]) });
    await using program = await step(engine, state);
    const graph = createGraph();
    graph.output('scaled', multiply(graph.input('w', ['n']), graph.input('scale', [1])));
    await using reader = await engine.compile(graph, { state });
    expect(numbers((await reader.run({}))['scaled']!)).toEqual([3, 6]);
    await program.run({ x: tensor([1, 1]) });
    expect(numbers((await reader.run({}))['scaled']!)).toEqual([6, 9]);
  });

  test('sees runs, reads and writes in the order in which they were asked for', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([0, 0]) });
    await using program = await step(engine, state);
    const x = tensor([1, 1]);
    const asked = [
      program.run({ x }),
      program.run({ x }),
      state.read(),
      state.write({ w: tensor([10, 20]) }),
      program.run({ x }),
      state.read(),
    ];
    const [, second, early, , third, late] = (await Promise.all(asked)) as Tensors[];
    expect(numbers(second!['before']!)).toEqual([2]);
    expect(numbers(early!['w']!)).toEqual([2, 2]);
    expect(numbers(third!['before']!)).toEqual([30]);
    expect(numbers(late!['w']!)).toEqual([11, 21]);
  });

  test('keeps its value when a run fails', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2]) });
    const graph = createGraph();
    const w = graph.input('w', [2]);
    const row = gather(w, graph.input('index', [2], 'int64'));
    graph.output('next', add(multiply(w, 5), row));
    await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
    const index = (values: readonly number[]) => tensor(values, { dtype: 'int64' });
    expect(await rejection(program.run({ index: index([0, 9]) }))).toBeInstanceOf(EngineError);
    expect(await valueOf(state)).toEqual([1, 2]);
    await program.run({ index: index([0, 1]) });
    expect(await valueOf(state)).toEqual([6, 12]);
  });

  test('takes an update whose output is of open size, and outputs of many shapes', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2, 3]) });
    const graph = createGraph();
    const w = graph.input('w', ['n']);
    const x = graph.input('x', ['batch', 1]);
    graph.output('copy', w);
    graph.output('table', multiply(w, x));
    graph.output('next', add(w, 1));
    graph.output('none', multiply(graph.input('empty', ['e', 'n']), w));
    await using program = await engine.compile(graph, { state, updates: { next: 'w' } });
    const outputs = await program.run({ x: filled(2, [2, 1]), empty: filled(0, [0, 3]) });
    expect(outputs['copy']).toEqual(tensor([1, 2, 3]));
    expect(outputs['table']).toEqual(tensor([2, 4, 6, 2, 4, 6], { shape: [2, 3] }));
    expect(outputs['none']).toEqual(filled(0, [0, 3]));
    expect(await valueOf(state)).toEqual([2, 3, 4]);
  });

  test('sets sizes that feeds must agree with', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2, 3]) });
    const graph = createGraph();
    graph.output('y', add(graph.input('w', ['n']), graph.input('x', ['n'])));
    await using program = await engine.compile(graph, { name: 'sum', state });
    const error = await rejection(program.run({ x: tensor([1, 2]) }));
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as Error).message).toBe(
      "feed 'x' of sum: expected shape [n = 3 as in 'w'], got [2]",
    );
  });

  test('refuses unknown names, other types, wrong content and use after its end', async () => {
    const engine = await engineOf();
    const state = await engine.createState({ w: tensor([1, 2]) });
    const bad = [
      state.read(['v']),
      state.write({ v: tensor([1, 2]) }),
      state.write({ w: tensor([1, 2, 3]) }),
      state.write({ w: tensor([1, 2], { dtype: 'int32' }) }),
      state.write({ w: { ...tensor([1, 2]), data: new Float32Array(1) } }),
      engine.createState({ w: { ...tensor([1, 2]), data: new Float32Array(1) } }),
    ];
    for (const promise of bad) expect(await rejection(promise)).toBeInstanceOf(InputError);
    expect(await valueOf(state)).toEqual([1, 2]);

    await using program = await step(engine, state);
    await state[Symbol.asyncDispose]();
    await state[Symbol.asyncDispose]();
    for (const promise of [state.read(), state.write({}), program.run({ x: tensor([1, 1]) })]) {
      expect(await rejection(promise)).toBeInstanceOf(InputError);
    }
    expect(await rejection(step(engine, state))).toMatchObject({ found: 'a disposed one' });
  });

  test('must fit the program: types, sizes, updates', async () => {
    const engine = await engineOf();
    await using state = await engine.createState({ w: tensor([1, 2]), v: tensor([1]) });
    const graph = createGraph();
    const w = graph.input('w', [2]);
    graph.output('next', add(w, 1));
    graph.output('other', add(w, 2));
    graph.output('sum', reduceSum(w));
    const compile = (updates: Readonly<Record<string, string>>) =>
      engine.compile(graph, { name: 'p', state, updates });
    expect(await rejection(compile({ missing: 'w' }))).toMatchObject({
      where: "update 'missing' of p",
      expected: 'an output of the graph',
    });
    expect(await rejection(compile({ next: 'u' }))).toMatchObject({
      found: "'u', which it does not have",
    });
    expect(await rejection(compile({ sum: 'v' }))).toMatchObject({
      expected: 'float32 [1]',
      found: 'float32 []',
    });
    expect(await rejection(compile({ next: 'w', other: 'w' }))).toMatchObject({
      where: "update 'other' of p",
      found: "'w' for 'next' too",
    });
    expect(await rejection(engine.compile(graph, { updates: { next: 'w' } }))).toMatchObject({
      found: 'no state',
    });

    const longer = createGraph();
    longer.output('y', add(longer.input('w', [3]), 1));
    expect(await rejection(engine.compile(longer, { state }))).toBeInstanceOf(ShapeError);
    const exact = createGraph();
    exact.output('y', add(exact.input('w', [2], 'float64'), 1));
    expect(await rejection(engine.compile(exact, { state }))).toBeInstanceOf(InputError);
  });
});

test('a state of another engine is refused', async () => {
  const [first, second] = await Promise.all(engines.map(([, engineOf]) => engineOf()));
  await using state = await first!.createState({ w: tensor([1, 2]) });
  expect(await rejection(step(second!, state))).toMatchObject({ found: 'one of another engine' });
});

import { describe, expect, test } from 'vitest';

import { createEngine, type Engine } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { add, createGraph, matmul } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { numbers, rejection, tensor } from './support/tensors.js';

/** `x + cached`, of any length. */
function sum(engine: Engine) {
  const graph = createGraph();
  graph.output('sum', add(graph.input('x', ['n']), graph.input('cached', ['n'])));
  return engine.compile(graph, { name: 'sum' });
}

describe.each(engines)('a state lent to a run %s', (_, engineOf) => {
  test('gives what is not fed; another run takes another one, of another size', async () => {
    const engine = await engineOf();
    await using program = await sum(engine);
    await using short = await engine.createState({ cached: tensor([1, 2]), unused: tensor([9]) });
    await using long = await engine.createState({ cached: tensor([10, 20, 30]) });
    const run = async (x: readonly number[], state: typeof short) =>
      numbers((await program.run({ x: tensor(x) }, { state }))['sum']!);
    expect(await run([1, 1], short)).toEqual([2, 3]);
    expect(await run([1, 1, 1], long)).toEqual([11, 21, 31]);
    expect(await run([2, 2], short)).toEqual([3, 4]);
    await short.write({ cached: tensor([5, 5]) });
    expect(await run([2, 2], short)).toEqual([7, 7]);
  });

  test('yields to what is fed', async () => {
    const engine = await engineOf();
    await using program = await sum(engine);
    await using state = await engine.createState({ cached: tensor([1, 2]) });
    const feeds = { x: tensor([1, 1]), cached: tensor([5, 5]) };
    expect(numbers((await program.run(feeds, { state }))['sum']!)).toEqual([6, 6]);
  });

  test('comes beside the state that a program was compiled with', async () => {
    const engine = await engineOf();
    await using weights = await engine.createState({ w: tensor([2, 0, 0, 3], { shape: [2, 2] }) });
    await using state = await engine.createState({ cached: tensor([1, 1], { shape: [1, 2] }) });
    const graph = createGraph();
    const product = matmul([graph.input('cached', ['n', 2]), graph.input('w', [2, 2])]);
    graph.output('product', product);
    await using program = await engine.compile(graph, { state: weights });
    expect(numbers((await program.run({}, { state }))['product']!)).toEqual([2, 3]);
  });

  test('must fit the other feeds, be live, and be of the engine', async () => {
    const engine = await engineOf();
    await using program = await sum(engine);
    const state = await engine.createState({ cached: tensor([1, 2]) });
    const x = tensor([1, 1, 1]);
    const shape = await rejection(program.run({ x }, { state }));
    expect(shape).toBeInstanceOf(ShapeError);
    expect(String(shape)).toContain("feed 'cached' of sum");
    await using empty = await engine.createState({ other: tensor([1]) });
    const missing = await rejection(program.run({ x }, { state: empty }));
    expect(String(missing)).toMatch(/'cached' of sum: expected .*, found nothing/);
    await state[Symbol.asyncDispose]();
    expect(await rejection(program.run({ x }, { state }))).toBeInstanceOf(InputError);
    await using strange = await createEngine({ device: 'cpu', threads: 1 });
    await using ofStrange = await strange.createState({ cached: tensor([1, 1, 1]) });
    expect(await rejection(program.run({ x }, { state: ofStrange }))).toBeInstanceOf(InputError);
  });
});

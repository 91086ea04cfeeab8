import { expect, test } from 'vitest';

import { createEngine } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { add, createGraph } from '@q-anchor/graph';

import { numbers, rejection, tensor } from './support/tensors.js';

test.each([false, true])('what a disposed engine made is refused; worker: %s', async (worker) => {
  const engine = await createEngine({ device: 'cpu', threads: 1, worker });
  const graph = createGraph();
  const w = graph.input('w', [1]);
  graph.output('next', add(w, 1));
  const state = await engine.createState({ w: tensor([1]) });
  const options = { state, updates: { next: 'w' }, profile: true } as const;
  const program = await engine.compile(graph, options);
  const late = [program.run({}), state.read()] as const;
  const weights = { w: tensor([1]) };
  const compiling = rejection(engine.compile(graph, { weights, inlineLimitBytes: 0 }));
  await engine[Symbol.asyncDispose]();

  // Asked for before the end: done, but for what was not loaded yet.
  await late[0];
  expect(numbers((await late[1])['w']!)).toEqual([2]);
  expect(await compiling).toMatchObject({ where: 'engine', found: 'a disposed one' });

  const calls = [
    () => program.run({}),
    () => program.endProfile(),
    () => state.read(),
    () => state.write({ w: tensor([1]) }),
    () => engine.createState({}),
    () => engine.compile(graph, options),
    () => engine.liveCounts(),
  ];
  for (const call of calls) {
    const error = await rejection(call());
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ where: 'engine', found: 'a disposed one' });
  }
  await program[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

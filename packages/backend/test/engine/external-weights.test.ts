import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import { describe, expect, test } from 'vitest';

import { createRandom, InputError } from '@q-anchor/core';
import { add, createGraph, matmul, multiply, type TensorData } from '@q-anchor/graph';

import { engines } from './support/engines.js';
import { filled, rejection, tensor } from './support/tensors.js';

const random = createRandom(3);
const drawn = (shape: readonly [number, number]): TensorData =>
  tensor(
    Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
    { shape },
  );
const weights = { a: drawn([64, 96]), b: drawn([96, 8]), c: tensor([0.5]) };
const feeds = { x: drawn([5, 64]) };

/** (x a) b c. */
function product() {
  const graph = createGraph();
  const x = graph.input('x', ['rows', 64]);
  const b = matmul([matmul([x, graph.input('a', [64, 96])]), graph.input('b', [96, 8])]);
  graph.output('y', multiply(b, graph.input('c', [1])));
  return graph;
}

const folders = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('q-anchor-model-'));

describe.each(engines)('an engine %s', (_, engineOf) => {
  test('gives the same bits from weights in a file, which is gone after loading', async () => {
    const engine = await engineOf();
    await using inline = await engine.compile(product(), { weights });
    const before = new Set(await folders());
    await using program = await engine.compile(product(), { weights, inlineLimitBytes: 0 });
    expect((await folders()).filter((name) => !before.has(name))).toEqual([]);
    const expected = await inline.run(feeds);
    for (let i = 0; i < 3; i++) expect(await program.run(feeds)).toEqual(expected);
  });

  test('updates a state beside weights in a file', async () => {
    const engine = await engineOf();
    const graph = createGraph();
    const w = graph.input('w', [2]);
    graph.output('next', add(w, graph.input('step', [2])));
    await using state = await engine.createState({ w: tensor([1, 2]) });
    await using program = await engine.compile(graph, {
      weights: { step: tensor([10, 20]) },
      inlineLimitBytes: 0,
      state,
      updates: { next: 'w' },
    });
    await program.run({});
    await program.run({});
    expect(await state.read()).toEqual({ w: tensor([21, 42]) });
  });

  test('leaves no file behind when compilation fails', async () => {
    const engine = await engineOf();
    const before = new Set(await folders());
    const bad = { ...weights, a: filled(1, [64, 95]) };
    const error = await rejection(engine.compile(product(), { weights: bad, inlineLimitBytes: 0 }));
    expect(error).toBeInstanceOf(InputError);
    expect((await folders()).filter((name) => !before.has(name))).toEqual([]);
  });
});

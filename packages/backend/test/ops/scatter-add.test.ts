import { createRandom } from '@q-anchor/core';
import { expect, test } from 'vitest';

import { createOnnxEngine } from '@q-anchor/backend';
import { createGraph, gather, gradients, multiply, reduceSum, scatterAdd } from '@q-anchor/graph';

import { evaluate, numbersOf, relativeError, tensorOf } from './support/engine.js';

test('200,000 updates of 3 rows are all counted, on many threads', async () => {
  const graph = createGraph();
  const indices = graph.input('indices', ['count'], 'int64');
  const updates = graph.input('updates', ['count', 4]);
  graph.output('sums', scatterAdd(indices, { updates, rows: 5 }));
  await using threaded = createOnnxEngine({ threads: 4 });
  await using program = await threaded.compile(graph);
  const count = 200_000;
  const rows = [0, 2, 4];
  const feeds = {
    indices: tensorOf(
      'int64',
      [count],
      Array.from({ length: count }, (_, i) => rows[i % 3]!),
    ),
    updates: tensorOf('float32', [count, 4], new Float32Array(count * 4).fill(1)),
  };
  for (let run = 0; run < 3; run++) {
    const sums = numbersOf((await program.run(feeds))['sums']!);
    expect(sums.slice(0, 4)).toEqual([66_667, 66_667, 66_667, 66_667]);
    expect(sums.slice(4, 8)).toEqual([0, 0, 0, 0]);
    expect(sums.slice(8, 12)).toEqual([66_667, 66_667, 66_667, 66_667]);
    expect(sums.slice(12, 16)).toEqual([0, 0, 0, 0]);
    expect(sums.slice(16)).toEqual([66_666, 66_666, 66_666, 66_666]);
  }
});

test('the same as adding one by one', async () => {
  const random = createRandom(3);
  const [count, rows, width] = [300, 40, 3];
  const indices = Array.from({ length: count }, () => random.integer(rows - 1));
  const updates = Array.from({ length: count * width }, () => random.normal());
  const expected = Array.from({ length: rows * width }, () => 0);
  for (const [i, row] of indices.entries()) {
    for (let k = 0; k < width; k++) expected[row * width + k]! += updates[i * width + k]!;
  }
  const { y } = await evaluate(
    {
      i: tensorOf('int64', [15, 20], indices),
      u: tensorOf('float64', [15, 20, width], updates),
    },
    ({ i, u }) => ({ y: scatterAdd(i!, { updates: u!, rows }) }),
  );
  expect(y!.shape).toEqual([rows, width]);
  expect(relativeError([numbersOf(y!), expected])).toBeLessThan(1e-14);
});

test.each([true, false])('distinct rows are put in place (isDistinct %s)', async (isDistinct) => {
  const { y } = await evaluate(
    { i: tensorOf('int64', [2], [3, 0]), u: tensorOf('float32', [2, 2], [1, 2, 3, 4]) },
    ({ i, u }) => ({ y: scatterAdd(i!, { updates: u!, rows: 4, isDistinct }) }),
  );
  expect(numbersOf(y!)).toEqual([3, 4, 0, 0, 0, 0, 1, 2]);
});

test.each([true, false])('no updates leave zeros (isDistinct %s)', async (isDistinct) => {
  const { y, d } = await evaluate(
    { i: tensorOf('int64', [0], []), table: tensorOf('float32', [3, 2], [1, 2, 3, 4, 5, 6]) },
    ({ i, table }) => {
      const rows = gather(table!, i!, { isDistinct });
      const loss = reduceSum(multiply(rows, rows));
      const updated = scatterAdd(i!, { updates: rows, rows: 2, isDistinct });
      return { y: updated, d: gradients(loss, [table!])[0]! };
    },
  );
  expect(numbersOf(y!)).toEqual([0, 0, 0, 0]);
  expect(numbersOf(d!)).toEqual([0, 0, 0, 0, 0, 0]);
});

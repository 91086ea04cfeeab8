import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { createOnnxEngine } from '@q-anchor/backend';
import * as graphPackage from '@q-anchor/graph';
import { createGraph, gradients, linear, multiply, reduceMean, subtract } from '@q-anchor/graph';

const readme = await readFile(new URL('../../../graph/README.md', import.meta.url), 'utf8');

test("the example of the graph package's README", async () => {
  // The example begins here.
  const graph = createGraph();
  const x = graph.input('x', ['rows', 2]); // a symbol: any number of rows
  const y = graph.input('y', ['rows', 1]);
  const weight = graph.input('weight', [1, 2]);

  const error = subtract(linear(x, { weight }), y);
  const loss = reduceMean(multiply(error, error));
  graph.output('loss', loss);
  graph.output('slope', gradients(loss, [weight])[0]!);

  await using engine = createOnnxEngine();
  await using program = await engine.compile(graph);
  const result = await program.run({
    x: { dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 1, 1) },
    y: { dtype: 'float32', shape: [3, 1], data: Float32Array.of(2, 3, 5) },
    weight: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0, 0) },
  });
  // The example ends here.
  expect(result['loss']!.data[0]).toBeCloseTo(38 / 3, 5);
  expect(result['slope']!.data[0]).toBeCloseTo(-14 / 3, 5);
  expect(result['slope']!.data[1]).toBeCloseTo(-16 / 3, 5);
});

test('is the one that runs here, line by line', async () => {
  const own = await readFile(new URL(import.meta.url), 'utf8');
  const [, example = ''] = /begins here\.\n(.*?) *\/\/ The example ends/s.exec(own) ?? [];
  expect(example.length).toBeGreaterThan(500);
  expect(readme).toContain(example.replaceAll(/^ {2}/gm, ''));
});

test('its tables name every op', () => {
  const ops = Object.entries(graphPackage).filter(([, value]) => typeof value === 'function');
  const notInTables = [
    'arrayFrom',
    'arrayOf',
    'createGraph',
    'gradients',
    'isFloat',
    'isStored',
    'sizeOf',
    'symbolsOf',
  ];
  const missing = ops.map(([name]) => name).filter((name) => !readme.includes(`\`${name}\``));
  expect(missing.toSorted()).toEqual(notInTables);
});

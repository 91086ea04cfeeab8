import { expect, test } from 'vitest';

import { rotaryTable } from '@q-anchor/backbone';
import { createGraph, type FloatDType } from '@q-anchor/graph';

import { engine, numbersOf, tensorOf } from './support/decoder-runs.js';

/** Two rows of three positions; heads of size 6, so three pairs. */
const positions = [0, 7, 49, 7, 1, 32_000];

const table = async (dtype: FloatDType, base = 10000) => {
  const graph = createGraph();
  const tokens = graph.input('positions', ['batch', 'time'], 'int64');
  const { positions: rows, cosines, sines } = rotaryTable(tokens, { size: 6, base, dtype });
  graph.output('rows', rows);
  graph.output('cosines', cosines);
  graph.output('sines', sines);
  await using program = await engine.compile(graph);
  const outputs = await program.run({ positions: tensorOf('int64', [[2, 3], positions]) });
  expect(outputs['cosines']!.shape).toEqual([6, 3]);
  expect(outputs['rows']!.shape).toEqual([2, 3]);
  return {
    rows: numbersOf(outputs['rows']!),
    cosines: numbersOf(outputs['cosines']!),
    sines: numbersOf(outputs['sines']!),
  };
};

test('each token has a row of its own, also where positions recur', async () => {
  const { rows, cosines } = await table('float64');
  expect(rows).toEqual([0, 1, 2, 3, 4, 5]);
  expect(cosines.slice(3, 6)).toEqual(cosines.slice(9, 12));
});

test('position 0 is not turned, and the first pair turns by 1 radian a position', async () => {
  const { cosines, sines } = await table('float64');
  expect(cosines.slice(0, 3)).toEqual([1, 1, 1]);
  expect(sines.slice(0, 3)).toEqual([0, 0, 0]);
  expect(cosines[3]).toBeCloseTo(Math.cos(7), 14);
  expect(sines[3]).toBeCloseTo(Math.sin(7), 14);
});

test('float64 angles are exact', async () => {
  const { cosines, sines } = await table('float64');
  for (const [token, position] of positions.entries()) {
    for (let i = 0; i < 3; i++) {
      const angle = position / 10000 ** ((2 * i) / 6);
      expect(cosines[3 * token + i]).toBeCloseTo(Math.cos(angle), 11);
      expect(sines[3 * token + i]).toBeCloseTo(Math.sin(angle), 11);
    }
  }
});

test('float32 angles are rounded before their cosine is taken, as in PyTorch', async () => {
  const { cosines, sines } = await table('float32');
  for (const [token, position] of positions.entries()) {
    for (let i = 0; i < 3; i++) {
      const frequency = Math.fround(1 / Math.fround(10000 ** Math.fround((2 * i) / 6)));
      const angle = Math.fround(position * frequency);
      expect(Math.abs(cosines[3 * token + i]! - Math.cos(angle))).toBeLessThan(1e-7);
      expect(Math.abs(sines[3 * token + i]! - Math.sin(angle))).toBeLessThan(1e-7);
    }
  }
});

import { describe, expect, test } from 'vitest';

import {
  addedTokensParameters,
  decoderParameters,
  initialAddedTokens,
  parameterInputs,
  tokenEmbeddings,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import { createGraph, gradients, multiply, reduceSum } from '@q-anchor/graph';

import { configs, engine, numbersOf, tensorOf } from './support/decoder-runs.js';

const config = { ...configs.qwen2, vocabularySize: 6, width: 3, layers: 0 };
const table = 'model.embed_tokens.weight';
const rowsName = 'tokens.added.weight';
const numbered = (rows: number, start: number) =>
  tensorOf('float32', [
    [rows, 3],
    Array.from({ length: rows * 3 }, (_, i) => start + Math.floor(i / 3)),
  ]);

/** Embeddings of ids (first number of each row), and gradients of their sum weighted by place. */
async function embedded(ids: readonly number[], added: { first: number; count: number }) {
  const graph = createGraph();
  const { [table]: spec } = decoderParameters(config);
  const specs = { [table]: spec!, ...addedTokensParameters(added, config.width) };
  const parameters = parameterInputs(graph, specs, { addedTokens: added });
  const rows = tokenEmbeddings(parameters, graph.input('ids', ['batch', 'time'], 'int64'));
  graph.output('rows', rows);
  const loss = reduceSum(multiply(rows, graph.input('weights', ['batch', 'time', 3])));
  for (const name of [table, rowsName]) {
    graph.output(`gradient ${name}`, gradients(loss, [parameters(name)])[0]!);
  }
  await using program = await engine.compile(graph);
  const shape = [2, ids.length / 2];
  const out = await program.run({
    [table]: numbered(6, 100),
    [rowsName]: numbered(added.count, 200),
    ids: tensorOf('int64', [shape, ids]),
    weights: tensorOf('float32', [[...shape, 3], ids.flatMap((_, i) => [i + 1, i + 1, i + 1])]),
  });
  const firsts = (name: string) => numbersOf(out[name]!).filter((_, i) => i % 3 === 0);
  return {
    rows: firsts('rows'),
    table: firsts(`gradient ${table}`),
    own: firsts(`gradient ${rowsName}`),
  };
}

describe('added tokens', () => {
  test('behind the table: ids of both kinds, any order', async () => {
    const found = await embedded([0, 6, 5, 8, 7, 6], { first: 6, count: 3 });
    expect(found.rows).toEqual([100, 200, 105, 202, 201, 200]);
    // Weights 1 to 6: each row's gradient is the sum over where it stands.
    expect(found.own).toEqual([2 + 6, 5, 4]);
    expect(found.table).toEqual([1, 0, 0, 0, 0, 3]);
  });

  test('inside a padded table they override its rows, which get no gradient', async () => {
    const found = await embedded([3, 4, 5, 2], { first: 3, count: 2 });
    expect(found.rows).toEqual([200, 201, 105, 102]);
    expect(found.own).toEqual([1, 2]);
    expect(found.table).toEqual([0, 0, 4, 0, 0, 3]);
  });

  test('rows without ids are an error, not a wrong row', () => {
    const graph = createGraph();
    const added = { first: 6, count: 3 };
    const specs = { ...decoderParameters(config), ...addedTokensParameters(added, 3) };
    const ids = graph.input('ids', [2], 'int64');
    expect(() => tokenEmbeddings(parameterInputs(graph, specs), ids)).toThrow(InputError);
  });

  test.each([
    { first: 6, count: 0 },
    { first: -1, count: 2 },
    { first: 1.5, count: 2 },
  ])('%j is refused', (added) => {
    expect(() => addedTokensParameters(added, 3)).toThrow(InputError);
  });
});

describe('their start', () => {
  const values = Array.from({ length: 50 * 4 }, (_, i) => (i % 4) * 10 + Math.sin(i * i));
  const wide = tensorOf('float32', [[50, 4], values]);

  test('is the mean of the rows there are and a little noise', () => {
    const rows = numbersOf(initialAddedTokens(wide, { count: 200, seed: 1 }));
    for (let i = 0; i < 4; i++) {
      const mean = values.filter((_, at) => at % 4 === i).reduce((a, b) => a + b, 0) / 50;
      const own = rows.filter((_, at) => at % 4 === i);
      expect(own.reduce((a, b) => a + b, 0) / 200).toBeCloseTo(mean, 1);
      // A sine's deviation is 0.7; a tenth of that.
      const spread = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 200);
      expect(spread).toBeGreaterThan(0.05);
      expect(spread).toBeLessThan(0.09);
    }
  });

  test('depends on the seed, and leaves padding of the table out', () => {
    const padded = tensorOf('float32', [
      [60, 4],
      [...values, ...Array(40).fill(1e6)],
    ]);
    const options = { count: 2, seed: 1 };
    const rows = initialAddedTokens(wide, options);
    expect(initialAddedTokens(padded, { ...options, tokens: 50 })).toEqual(rows);
    expect(initialAddedTokens(wide, { ...options, seed: 2 })).not.toEqual(rows);
    expect(initialAddedTokens(wide, { ...options, tokens: 99 })).toEqual(rows);
  });
});

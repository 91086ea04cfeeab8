import { describe, expect, test } from 'vitest';

import { createOnnxEngine } from '@q-anchor/backend';
import { InputError, ShapeError } from '@q-anchor/core';
import { createGraph, dropout, gradients, multiply, reduceSum } from '@q-anchor/graph';

import { engine, evaluate, numbersOf, tensorOf } from './support/engine.js';

const seedOf = (seed: number) => tensorOf('int64', [], [seed]);

/** Which elements of ones of a shape are kept, and the values of those. */
async function kept(
  [rows, width]: readonly [number, number],
  { rate, seed, site = 'a' }: { rate: number; seed: number; site?: string },
): Promise<readonly number[]> {
  const x = tensorOf(
    'float32',
    [rows, width],
    Array.from({ length: rows * width }, () => 1),
  );
  const out = await evaluate({ x, seed: seedOf(seed) }, (inputs) => ({
    y: dropout(inputs['x']!, { rate, seed: inputs['seed']!, site }),
  }));
  return numbersOf(out['y']!);
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** Correlation of two masks. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    ab += (x - ma) * (b[i]! - mb);
    aa += (x - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

const shape = [512, 300] as const;
const count = shape[0] * shape[1];

describe('dropout', () => {
  test.each([0.1, 0.5, 0.9])('keeps the mean and drops its share: %d', async (rate) => {
    const values = await kept(shape, { rate, seed: 3 });
    const dropped = values.filter((value) => value === 0).length / count;
    const deviation = Math.sqrt((rate * (1 - rate)) / count);
    expect(Math.abs(dropped - rate)).toBeLessThan(4 * deviation);
    expect(Math.abs(mean(values) - 1)).toBeLessThan((4 * deviation) / (1 - rate));
    const others = new Set(values.filter((value) => value !== 0));
    expect([...others].map((value) => value.toFixed(5))).toEqual([(1 / (1 - rate)).toFixed(5)]);
  });

  test('every row and column loses about its share', async () => {
    const [rows, width] = shape;
    const values = await kept(shape, { rate: 0.3, seed: 9 });
    const shares = [
      ...Array.from({ length: rows }, (_, r) => values.slice(r * width, (r + 1) * width)),
      ...Array.from({ length: width }, (_, c) => values.filter((__, i) => i % width === c)),
    ].map((list) => list.filter((value) => value === 0).length / list.length);
    // Four and a half deviations of the shorter side.
    for (const share of shares)
      expect(Math.abs(share - 0.3)).toBeLessThan(4.5 * Math.sqrt(0.21 / 300));
    // And their spread is that of independent draws: not of a pattern that repeats.
    const spread = mean(shares.slice(0, rows).map((share) => (share - 0.3) ** 2));
    expect(spread / (0.21 / width)).toBeGreaterThan(0.75);
    expect(spread / (0.21 / width)).toBeLessThan(1.25);
  });

  test('the same seed gives the same mask, with any number of threads', async () => {
    const one = await kept(shape, { rate: 0.2, seed: 7 });
    expect(await kept(shape, { rate: 0.2, seed: 7 })).toEqual(one);
    await using two = createOnnxEngine({ threads: 2 });
    const graph = createGraph();
    const x = graph.input('x', [...shape]);
    graph.output('y', dropout(x, { rate: 0.2, seed: graph.input('seed', [], 'int64'), site: 'a' }));
    await using program = await two.compile(graph);
    const ones = tensorOf(
      'float32',
      [...shape],
      Array.from({ length: count }, () => 1),
    );
    const { y } = await program.run({ x: ones, seed: seedOf(7) });
    expect(numbersOf(y!)).toEqual(one);
  });

  test('seeds, sites, neighbouring rows and columns do not go together', async () => {
    const [rows, width] = shape;
    const base = await kept(shape, { rate: 0.5, seed: 7 });
    const shifted = (by: number): number[] => [...base.slice(by), ...base.slice(0, by)];
    const others = {
      'next seed': await kept(shape, { rate: 0.5, seed: 8 }),
      'far seed': await kept(shape, { rate: 0.5, seed: 2 ** 31 - 1 }),
      'next site': await kept(shape, { rate: 0.5, seed: 7, site: 'b' }),
      'site of a neighbouring layer': await kept(shape, {
        rate: 0.5,
        seed: 7,
        site: 'model.layers.1',
      }),
      'next column': shifted(1),
      'next row': shifted(width),
      'row after that': shifted(2 * width),
      'half of the rows': shifted(width * (rows / 2)),
    };
    for (const [name, values] of Object.entries(others)) {
      expect([name, Math.abs(correlation(base, values)) < 4 / Math.sqrt(count)]).toEqual([
        name,
        true,
      ]);
    }
  });

  test('the corners of rectangles are independent too', async () => {
    const [rows, width] = shape;
    const values = (await kept(shape, { rate: 0.5, seed: 21 })).map((value) => value - 1);
    // Of a mask made of row term plus column term the fourth corner would follow from the others.
    let sum = 0;
    let terms = 0;
    for (let r = 0; r + 1 < rows; r += 2) {
      for (let c = 0; c + 1 < width; c += 2) {
        const at = r * width + c;
        sum += values[at]! * values[at + 1]! * values[at + width]! * values[at + width + 1]!;
        terms++;
      }
    }
    expect(Math.abs(sum / terms)).toBeLessThan(4 / Math.sqrt(terms));
  });

  test('the mask is the hash it says, to the bit', async () => {
    const [rows, width] = [5, 9];
    const values = await kept([rows, width], { rate: 0.5, seed: 12345678901, site: 'layer 3' });
    expect(values.map(Boolean)).toEqual(
      slowMask([rows, width], { seed: 12345678901n, site: 'layer 3' }),
    );
  });

  test('forward and gradient use one mask', async () => {
    const graph = createGraph();
    const x = graph.input('x', [40, 6]);
    const y = dropout(x, { rate: 0.25, seed: graph.input('seed', [], 'int64'), site: 'a' });
    graph.output('y', y);
    graph.output('gradient', gradients(reduceSum(multiply(y, 1)), [x])[0]!);
    await using program = await engine.compile(graph);
    const ones = tensorOf(
      'float32',
      [40, 6],
      Array.from({ length: 240 }, () => 1),
    );
    const out = await program.run({ x: ones, seed: seedOf(4) });
    expect(numbersOf(out['gradient']!)).toEqual(numbersOf(out['y']!));
    expect(new Set(numbersOf(out['y']!)).size).toBe(2);
  });

  test('no rows give no rows', async () => {
    expect(await kept([0, 4], { rate: 0.5, seed: 1 })).toEqual([]);
  });

  test('rate 0 is the input itself; other rates and seeds are refused', () => {
    const graph = createGraph();
    const x = graph.input('x', ['n', 3]);
    const seed = graph.input('seed', [], 'int64');
    expect(dropout(x, { rate: 0, seed, site: 'a' })).toBe(x);
    for (const rate of [-0.1, 1, Number.NaN]) {
      expect(() => dropout(x, { rate, seed, site: 'a' })).toThrow(InputError);
    }
    const wrong = { rate: 0.1, site: 'a' };
    expect(() => dropout(x, { ...wrong, seed: graph.input('f', []) })).toThrow(InputError);
    const list = graph.input('list', [1], 'int64');
    expect(() => dropout(x, { ...wrong, seed: list })).toThrow(ShapeError);
    const open = graph.input('open', [3, 'n']);
    expect(() => dropout(open, { ...wrong, seed })).toThrow(ShapeError);
  });
});

/** The same hash in exact integers, at rate 1/2. */
function slowMask(
  [rows, width]: readonly [number, number],
  { seed, site }: { readonly seed: bigint; readonly site: string },
): boolean[] {
  const word = 2n ** 32n;
  const product = (x: bigint): bigint => (x * 0x2c1b3c6dn) % word;
  const mixed = (x: bigint): bigint => product(x) + product(x) / 65536n;
  const hash = (text: string): bigint => {
    let h = 0x811c9dc5n;
    for (const letter of text) h = ((h ^ BigInt(letter.charCodeAt(0))) * 0x01000193n) % word;
    h = ((h ^ (h >> 15n)) * 0x85ebca6bn) % word;
    return h ^ (h >> 13n);
  };
  const keys: bigint[] = [];
  let state = hash(site);
  for (let c = 0; c <= width; c++) {
    state = (state + 0x9e3779b9n) % word;
    let key = ((state ^ (state >> 16n)) * 0x21f0aaadn) % word;
    key = ((key ^ (key >> 15n)) * 0x735a2d97n) % word;
    keys.push(key ^ (key >> 15n));
  }
  const times = (x: bigint, rounds: number): bigint =>
    rounds === 0 ? x : times(mixed(x), rounds - 1);
  const [offsetKey, ...columns] = keys;
  const out: boolean[] = [];
  for (let r = 0; r < rows; r++) {
    const started = times(BigInt(r) + times(seed % 2n ** 31n, 3), 4);
    const slope = product(started) - 2n ** 31n;
    const offset = product(times(mixed(started), 2)) - 2n ** 31n;
    const term = offset * (offsetKey! | 1n);
    for (const key of columns) out.push(BigInt.asIntN(32, slope * key + term) >= 0n);
  }
  return out;
}

import { InputError } from '@q-anchor/core';
import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { backboneArgumentsFrom } from '../../src/backbone/backbone-arguments.js';
import { backboneReport, backboneText } from '../../src/backbone/backbone-result.js';
import { quantisedFile } from '../../src/backbone/quantised-file.js';
import { queriesInTurn } from '../../src/backbone/queries-in-turn.js';
import { prefixKernelTimes, readingHere, type Reading } from '../../src/backbone/reading-here.js';
import { turnsResult, turnsText } from '../../src/backbone/turns-result.js';
import { nanoConfig, nanoValues, writeNano } from './nano-checkpoint.js';

let directory: string;
beforeAll(async () => {
  directory = await temporaryFolder();
});

const sizes = { tokens: 20, query: 5, threads: 1 };

describe('reading', () => {
  test.each(['F32', 'BF16'] as const)('%s is counted as float32', async (storage) => {
    await writeNano(directory, storage);
    const reading = await readingHere({ directory, ...sizes });
    expect(reading.weightMB).toBeCloseTo((4 * nanoValues) / 1e6, 6);
    const { baseMB, loadedMB, prefixMB, peakMB } = reading;
    expect([baseMB, loadedMB, prefixMB, peakMB]).toEqual(
      [baseMB, loadedMB, prefixMB, peakMB].toSorted((a, b) => a - b),
    );
    for (const [name, value] of Object.entries(reading))
      expect([name, value > 0]).toEqual([name, true]);
  });

  test('products are projections and attention in full', async () => {
    await writeNano(directory);
    const { prefixGigaflop, queryGigaflop } = await readingHere({ directory, ...sizes });
    const { layers, width, heads, keyValueHeads, headSize, feedForwardSize } = nanoConfig;
    const projections =
      2 * width * heads * headSize +
      2 * width * keyValueHeads * headSize +
      3 * width * feedForwardSize;
    // Scores and their sum over values: two products of queries with all keys.
    const attention = (queries: number, keys: number) => 2 * queries * keys * heads * headSize;
    const work = (queries: number, keys: number) =>
      2 * layers * (queries * projections + attention(queries, keys));
    expect(prefixGigaflop).toBeCloseTo(work(20, 20) / 1e9, 12);
    expect(queryGigaflop).toBeCloseTo(work(5, 25) / 1e9, 12);
  });

  test('weights of integers come from a file of their own, which goes away', async () => {
    await writeNano(directory);
    const file = await quantisedFile(directory, 'int8');
    const task = { directory, quantised: file.path, ...sizes };
    const { weightMB } = await readingHere(task);
    expect(weightMB).toBeLessThan((2 * 4 * nanoValues) / 1e6);
    await file.remove();
    await expect(readingHere(task)).rejects.toThrow(InputError);
  });

  test('queries of both precisions take turns', async () => {
    await writeNano(directory);
    const file = await quantisedFile(directory, 'int8');
    const turns = await queriesInTurn({ directory, quantised: file.path, ...sizes });
    await file.remove();
    expect(turns.length).toBeGreaterThan(1);
    for (const { floatMs, integerMs, roundTripsNs } of turns) {
      expect(roundTripsNs).toHaveLength(3);
      for (const time of [floatMs, integerMs, ...roundTripsNs]) expect(time).toBeGreaterThan(0);
    }
  });

  test('a profile knows its kernels', async () => {
    await writeNano(directory);
    const { byOpMs } = await prefixKernelTimes({ directory, ...sizes });
    expect(Object.keys(byOpMs).join()).toMatch(/MatMul|Gemm/);
  });
});

describe('a report', () => {
  const reading: Reading = {
    weightMB: 100,
    baseMB: 60,
    loadedMB: 110,
    prefixMB: 130,
    peakMB: 220,
    loadSeconds: 2,
    firstPrefixSeconds: 5,
    prefixSeconds: 4,
    querySeconds: 0.1,
    leastQuerySeconds: 0.09,
    prefixGigaflop: 400,
    queryGigaflop: 8,
  };
  // 2 x 2048^3 operations in so many milliseconds are 200 and 100 GFLOP/s.
  const product = { ms: 85.89934592, peakMB: 1 };
  const slow = { ms: 171.79869184, peakMB: 1 };

  test('has shares of the round’s own product, and medians', () => {
    const report = backboneReport(
      [
        {
          readings: { f32: reading, int8: { ...reading, querySeconds: 0.05, peakMB: 50 } },
          turns: [{ floatMs: 100, integerMs: 55, roundTripsNs: [100, 100, 100] }],
          product,
        },
        {
          readings: {
            f32: { ...reading, prefixSeconds: 5, peakMB: 230 },
            int8: { ...reading, querySeconds: 0.07, leastQuerySeconds: 0.045, peakMB: 40 },
          },
          turns: [],
          product: slow,
        },
      ],
      0.9,
    );
    const [f32, int8] = report.results;
    expect(f32).toMatchObject({
      precision: 'f32',
      prefixSeconds: 4.5,
      peakMB: 230,
      queryRatio: null,
    });
    expect(f32!.prefixShare.low).toBeCloseTo(0.5, 10);
    expect(f32!.prefixShare.high).toBeCloseTo(0.8, 10);
    expect(f32!.queryShare.low).toBeCloseTo(0.4, 10);
    expect(f32!.prefixGigaflops).toBeCloseTo(400 / 4.5, 10);
    expect(int8!.queryRatio!.ratio).toBeCloseTo(0.6, 10);
    expect(int8!.queryRatio!.pairs.low).toBeCloseTo(0.5, 10);
    expect(int8!.peakMB).toBe(50);
    expect(report.productGigaflops).toBeCloseTo((2 * 2048 ** 3) / 128.84901888e6, 6);
    const text = backboneText(report);
    expect(text).toMatch(/query +230 MB, 2\.30 x the weights, 100\.0 ms, fastest 90\.0 ms/);
    expect(text).toMatch(
      /60\.0 ms, fastest 45\.0 ms, 0\.600 of f32 \(pairs 0\.500-0\.700, fastest 0\.500\)/,
    );
    expect(text).toMatch(/all: 55\.0 ms of 100\.0 ms, 0\.550 \(0\.550-0\.550, 1 turns\)/);
  });

  test('of floats alone has no ratio', () => {
    const { results, turns } = backboneReport(
      [{ readings: { f32: reading }, turns: [], product }],
      1,
    );
    expect(results).toHaveLength(1);
    expect(turns).toBeNull();
  });
});

describe('turns', () => {
  const near = { floatMs: 100, integerMs: 50, roundTripsNs: [110, 120, 115] };
  const far = { floatMs: 120, integerMs: 72, roundTripsNs: [310, 305, 320] };
  const disturbed = { ...far, roundTripsNs: [310, 1e6, 320] };
  const moved = { floatMs: 100, integerMs: 80, roundTripsNs: [110, 120, 315] };

  test('are told apart by how far the cores were from each other all the while', () => {
    const result = turnsResult([near, { ...near, integerMs: 56 }, moved, far, disturbed]);
    expect(result.all.count).toBe(5);
    expect(result.all.ratio).toMatchObject({ low: 0.5, high: 0.8 });
    expect(result.all.ratio.median).toBeCloseTo(0.6, 12);
    expect(result.near).toMatchObject({ count: 2, floatMs: 100, integerMs: 53 });
    expect(result.near!.ratio.median).toBeCloseTo(0.53, 12);
    expect(result.far).toMatchObject({ count: 1, floatMs: 120, integerMs: 72 });
    expect(turnsText(result)).toMatch(/share none: 72\.0 ms of 120\.0 ms, 0\.600/);
  });

  test('of one kind say nothing of the other', () => {
    const result = turnsResult([far]);
    expect(result.near).toBeNull();
    expect(turnsText(result)).not.toMatch('share a cache');
  });
});

describe('arguments', () => {
  test('a directory, and options with defaults', () => {
    const defaults = { directory: 'big', tokens: 717, query: 20, rounds: 3, isJson: false };
    expect(backboneArgumentsFrom(['big'])).toEqual(defaults);
    const argv = ['big', '--weights', 'int4', '--tokens', '5', '--query', '3', '--rounds', '1'];
    expect(backboneArgumentsFrom([...argv, '--threads', '2', '--json'])).toEqual({
      directory: 'big',
      weights: 'int4',
      tokens: 5,
      query: 3,
      rounds: 1,
      threads: 2,
      isJson: true,
    });
  });

  test.each([
    [[]],
    [['a', 'b']],
    [['a', '--weights', 'f16']],
    [['a', '--tokens', '0']],
    [['a', '--query', '1.5']],
    [['a', '--loud']],
  ])('%j is bad input', (argv) => {
    expect(() => backboneArgumentsFrom(argv)).toThrow(InputError);
  });
});

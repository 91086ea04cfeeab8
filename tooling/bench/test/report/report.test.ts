import { describe, expect, test } from 'vitest';

import { jsonLine } from '../../src/report/json-line.js';
import { benchResult, pairRatios, referenceProduct } from '../../src/report/result.js';
import { kernelTable, resultTable } from '../../src/report/table.js';
import { workloadsOf } from '../../src/workloads/default-workloads.js';
import { operationsOf } from '../../src/workloads/work-of.js';

const timings = (...values: number[]) => values.map((ms, i) => ({ ms, peakMB: 100 + i }));
const [workload] = workloadsOf('train-step', ['1,2,32,1,2,1,97,8']);
const full = benchResult(workload!, {
  timings: {
    ours: timings(10, 12, 50),
    torch: timings(20, 48, 40),
    torchBf16: timings(10, 8, 25),
    product: timings(2, 3, 4),
  },
  gemmShare: 0.75,
});
const alone = benchResult(workload!, { timings: { ours: timings(10) }, gemmShare: null });

describe('results', () => {
  test('are medians of the rounds, and ratios of those medians', () => {
    expect(full).toMatchObject({ oursMs: 12, torchMs: 40, torchBf16Ms: 10 });
    expect(full.ratio).toBe(12 / 40);
    expect(full.ratioBf16).toBe(12 / 10);
    expect(full.peakMB).toBe(102);
  });

  test('hold ratios within rounds beside them', () => {
    expect(full.pairs).toEqual({ median: 0.5, low: 0.25, high: 1.25 });
    expect(() => pairRatios(timings(1, 2), timings(1))).toThrow(/2 rounds of both/);
  });

  test('hold the speed, and its share of one big product', () => {
    expect(full.gigaflops).toBeCloseTo(operationsOf(workload!) / 12e-3 / 1e9, 12);
    const productSpeed = operationsOf(referenceProduct) / 3e-3 / 1e9;
    expect(full.shareOfProduct).toBeCloseTo(full.gigaflops / productSpeed, 12);
  });
});

describe('the JSON line', () => {
  test('has exactly the agreed fields', () => {
    expect(JSON.parse(jsonLine([full]))).toEqual({
      shapes: [
        {
          shape: '1,2,32,1,2,1,97,8',
          oursMs: 12,
          torchMs: 40,
          torchBf16Ms: 10,
          ratio: 0.3,
          ratioBf16: 1.2,
          gemmShare: 0.75,
          peakMB: 102,
        },
      ],
    });
    expect(jsonLine([full, alone])).not.toContain('\n');
  });

  test('has two more for weights of integers', () => {
    const [query] = workloadsOf('prefix-query', ['1,32,2,1,16,8,5,3,1']);
    const { quantised, ...result } = benchResult(query!, {
      timings: { ours: timings(10, 20, 30), quantised: timings(6, 9, 15) },
      gemmShare: null,
      weights: 'int8',
    });
    expect(quantised).toMatchObject({ weights: 'int8', ms: 9, ratio: 0.45 });
    expect(quantised!.pairs).toEqual({ median: 0.5, low: 0.45, high: 0.6 });
    expect(JSON.parse(jsonLine([{ ...result, quantised }])).shapes[0]).toMatchObject({
      oursMs: 20,
      int8Ms: 9,
      int8Ratio: 0.45,
    });
  });

  test('has null for what was not measured', () => {
    expect(JSON.parse(jsonLine([alone])).shapes[0]).toMatchObject({
      torchMs: null,
      torchBf16Ms: null,
      ratio: null,
      ratioBf16: null,
      gemmShare: null,
    });
  });
});

describe('tables', () => {
  test('have a row a shape, with a dash for what was not measured', () => {
    const [head, first, second] = resultTable([full, alone]).split('\n');
    expect(head).toMatch(/^shape +ours ms +PyTorch f32 ms/);
    expect(first).toMatch(/0\.300 \(pairs 0\.500, 0\.250-1\.250\).* 75 % /);
    expect(second).toMatch(/ 10\.0 +- +- +- +- +- +- +- +100 /);
  });

  test('of kernels have shares of the whole, not of the rows shown', () => {
    const times = { totalMs: 4, byOpMs: { Gemm: 3, Mul: 1 }, byProviderMs: {} };
    expect(kernelTable(times, 1).split('\n')).toEqual(['kernel  share', 'Gemm     75 %']);
  });
});

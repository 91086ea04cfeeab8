import { describe, expect, test } from 'vitest';

import { runBench, type BenchParts } from '../src/run-bench.js';

const options = { bench: 'train-step', isJson: true, rounds: 2, shapes: [] } as const;

describe('a bench', () => {
  const partsOf = (calls: string[]): Omit<BenchParts, 'torch'> => ({
    child: {
      timing: async ({ kind }, { threads }) => {
        calls.push(`ours ${kind} ${threads}`);
        return { ms: 30, peakMB: 500 };
      },
      kernelTimes: async () => ({
        totalMs: 25,
        byOpMs: { Gemm: 20, Mul: 5 },
        byProviderMs: { CPUExecutionProvider: 25 },
      }),
    },
    say: () => undefined,
  });
  const torch: BenchParts['torch'] = {
    version: async () => ({ version: '0', threads: 1 }),
    timing: async (_, { type }) => ({ ms: type === 'f32' ? 60 : 20, peakMB: 900 }),
  };

  test('gives a result for each standard shape, beside PyTorch', async () => {
    const results = await runBench(options, { ...partsOf([]), torch });
    expect(results.map(({ shape }) => shape)).toEqual([
      '16,128,512,8,8,2,8192,1408',
      '16,256,256,4,4,2,4096,704',
    ]);
    expect(results[0]).toMatchObject({
      oursMs: 30,
      torchMs: 60,
      torchBf16Ms: 20,
      ratio: 0.5,
      ratioBf16: 1.5,
      gemmShare: 0.8,
      peakMB: 500,
    });
  });

  test('runs alone where no PyTorch is named, each round with the big product', async () => {
    const calls: string[] = [];
    const shapes = ['1,2,32,1,2,1,97,8'];
    const [result] = await runBench({ ...options, shapes, threads: 2 }, partsOf(calls));
    expect(result).toMatchObject({ torchMs: null, ratioBf16: null });
    expect(calls).toEqual([
      'ours train-step 2',
      'ours matrix-product 2',
      'ours matrix-product 2',
      'ours train-step 2',
    ]);
  });

  test('a twin that fails ends it', async () => {
    const failing = { ...torch, timing: () => Promise.reject(new Error('out of memory')) };
    await expect(runBench(options, { ...partsOf([]), torch: failing })).rejects.toThrow(/memory/);
  });
});

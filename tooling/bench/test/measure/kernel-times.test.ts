import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { gemmShareOf, kernelTimesIn, kernelTimesOf } from '../../src/measure/kernel-times.js';

const kernel = (op: string, microseconds: number) => ({
  cat: 'Node',
  name: `${op}_0_kernel_time`,
  dur: microseconds,
  args: { op_name: op },
});

describe('kernel times', () => {
  const events = [
    kernel('Add', 1000),
    kernel('Gemm', 4000),
    kernel('Gemm', 2000),
    { cat: 'Node', name: 'Gemm_0_fence_before', dur: 9e9, args: { op_name: 'Gemm' } },
    { cat: 'Session', name: 'model_run', dur: 9e9 },
  ];

  test('are sums over kernels alone, for one run, the dearest first', () => {
    expect(kernelTimesOf(events, 2)).toEqual([
      { op: 'Gemm', ms: 3, calls: 1 },
      { op: 'Add', ms: 0.5, calls: 0.5 },
    ]);
  });

  test('a folder without a trace is an error', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
    await expect(kernelTimesIn(folder, 1)).rejects.toThrow(/expected a profile/);
  });

  test('the share of products counts their fused forms, and nothing else', () => {
    const times = ['Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm', 'MatMulNBits', 'Mul'].map(
      (op) => ({ op, ms: 1, calls: 1 }),
    );
    expect(gemmShareOf(times)).toBeCloseTo(5 / 6, 12);
    expect(gemmShareOf([])).toBeNull();
  });
});

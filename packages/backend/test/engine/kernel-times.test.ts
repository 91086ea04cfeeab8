import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { matrixProductShare, readKernelTimes } from '@q-anchor/backend';
import { createGraph, exp, matmul, reduceSum } from '@q-anchor/graph';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { engines } from './support/engines.js';
import { filled, rejection } from './support/tensors.js';

const size = 256;
const feeds = { x: filled(0.01, [size, size]) };

function graphOfProducts() {
  const graph = createGraph();
  let x = graph.input('x', [size, size]);
  for (let i = 0; i < 4; i++) x = matmul([x, x]);
  graph.output('y', reduceSum(exp(x)));
  return graph;
}

const folders = async (): Promise<number> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('q-anchor-profile-')).length;

describe.each(engines)('a profile %s', (_, engineOf) => {
  test('sums kernel times by op and by who ran them', async () => {
    const engine = await engineOf();
    const before = await folders();
    await using program = await engine.compile(graphOfProducts(), { profile: true });
    for (let i = 0; i < 3; i++) await program.run(feeds);
    const times = await program.endProfile();
    const sum = (parts: Readonly<Record<string, number>>): number =>
      Object.values(parts).reduce((a, b) => a + b, 0);
    expect(times.totalMs).toBeGreaterThan(0);
    expect(sum(times.byOpMs)).toBeCloseTo(times.totalMs, 6);
    expect(times.byProviderMs).toEqual({ CPUExecutionProvider: expect.closeTo(times.totalMs, 6) });
    expect(Object.keys(times.byOpMs)[0]).toMatch(/MatMul|Gemm/); // the dearest first
    expect(Object.keys(times.byOpMs)).toEqual(expect.arrayContaining(['Exp', 'ReduceSum']));
    expect(matrixProductShare(times)).toBeGreaterThan(0.5);
    expect(await folders()).toBe(before);

    await program.run(feeds); // it still runs, untimed
    expect(await rejection(program.endProfile())).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('leaves no file behind if nobody reads it', async () => {
    const engine = await engineOf();
    const before = await folders();
    const program = await engine.compile(graphOfProducts(), { profile: true });
    expect(await folders()).toBe(before + 1);
    await program.run(feeds);
    await program[Symbol.asyncDispose]();
    expect(await folders()).toBe(before);
  });
});

test('a profile is read from its file: kernels count, nothing else', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'profile.json');
  const cpu = 'CPUExecutionProvider';
  const kernel = (op: string, dur: number, provider = cpu) => ({
    cat: 'Node',
    name: `${op}_0_kernel_time`,
    dur,
    args: { op_name: op, provider },
  });
  const events = [
    { cat: 'Session', name: 'model_run', dur: 9000 },
    { cat: 'Node', name: 'Gemm_0_fence_before', dur: 9000, args: { op_name: 'Gemm' } },
    kernel('Softmax', 500),
    kernel('Gemm', 1000),
    kernel('Gemm', 2000, 'Other'),
    kernel('FusedMatMul', 1500),
    kernel('Mul', 3000),
  ];
  await writeFile(path, JSON.stringify(events));
  const times = await readKernelTimes(path);
  expect(times).toEqual({
    totalMs: 8,
    byOpMs: { Gemm: 3, Mul: 3, FusedMatMul: 1.5, Softmax: 0.5 },
    byProviderMs: { [cpu]: 6, Other: 2 },
  });
  expect(matrixProductShare(times)).toBeCloseTo(4.5 / 8, 12);
  await writeFile(path, '[]');
  const none = await readKernelTimes(path);
  expect(none).toEqual({ totalMs: 0, byOpMs: {}, byProviderMs: {} });
  expect(matrixProductShare(none)).toBe(0);
});

import { cp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { loadLatestCheckpoint, saveCheckpoint } from '@q-anchor/dual-tower';
import type { TensorData } from '@q-anchor/graph';
import { beforeEach, expect, test } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

let run: string;
beforeEach(async () => {
  run = await temporaryFolder();
});

const stateOf = (value: number): Record<string, TensorData> => ({
  'head.bias': { dtype: 'float32', shape: [2], data: Float32Array.of(value, -0) },
  'head.bias#moment1': { dtype: 'float32', shape: [2], data: Float32Array.of(1e-30, value) },
});
const save = (step: number) => saveCheckpoint(run, { step, state: stateOf(step) });
const names = () => readdir(join(run, 'checkpoints'));
const file = (step: string, name: string) => join(run, 'checkpoints', step, name);

test('a run without checkpoints has none', async () => {
  expect(await loadLatestCheckpoint(run)).toBeUndefined();
  expect(await loadLatestCheckpoint(join(run, 'nowhere'))).toBeUndefined();
});

test('the newest two are kept, the newest is read', async () => {
  for (const step of [0, 100, 90, 200]) await save(step);
  expect((await names()).toSorted()).toEqual(['step-000100', 'step-000200']);
  expect(await readdir(join(run, 'checkpoints', 'step-000200'))).toEqual([
    'checkpoint.json',
    'state.safetensors',
  ]);
  expect(await loadLatestCheckpoint(run)).toEqual({ step: 200, state: stateOf(200) });
});

test('steps beyond six digits are in order of number', async () => {
  await save(999_999);
  await save(1_000_000);
  expect((await loadLatestCheckpoint(run))?.step).toBe(1_000_000);
});

test('the same step again replaces its checkpoint', async () => {
  await save(5);
  await saveCheckpoint(run, { step: 5, state: stateOf(7) });
  expect((await loadLatestCheckpoint(run))?.state).toEqual(stateOf(7));
  expect(await names()).toEqual(['step-000005']);
});

test('what was cut short is passed over', async () => {
  await save(100);
  await save(200);
  await truncate(file('step-000200', 'state.safetensors'), 60);
  expect((await loadLatestCheckpoint(run))?.step).toBe(100);
  await save(200);
  await rm(file('step-000200', 'checkpoint.json'));
  expect((await loadLatestCheckpoint(run))?.step).toBe(100);
  await writeFile(file('step-000200', 'checkpoint.json'), '{"step": 2');
  expect((await loadLatestCheckpoint(run))?.step).toBe(100);
  // A folder of a write that was killed has another name.
  await cp(join(run, 'checkpoints/step-000100'), join(run, 'checkpoints/.step-000300.ab.partial'), {
    recursive: true,
  });
  expect((await loadLatestCheckpoint(run))?.step).toBe(100);
});

test('a checkpoint under another step’s name is passed over', async () => {
  await save(100);
  await cp(join(run, 'checkpoints/step-000100'), join(run, 'checkpoints/step-000300'), {
    recursive: true,
  });
  expect((await loadLatestCheckpoint(run))?.step).toBe(100);
});

test('a checkpoint of adapters goes on with its own base alone', async () => {
  await saveCheckpoint(run, { step: 100, state: stateOf(1), base: 'abc' });
  expect(await loadLatestCheckpoint(run, { base: 'abc' })).toEqual({
    step: 100,
    state: stateOf(1),
    base: 'abc',
  });
  await expect(loadLatestCheckpoint(run, { base: 'def' })).rejects.toThrow(/abc.*def/s);
  await expect(loadLatestCheckpoint(run)).rejects.toThrow(/base/);
});

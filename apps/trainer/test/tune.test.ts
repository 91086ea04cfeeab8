import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { qAnchor, tinyModel } from './support/command.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
let dataset: string;
let run: string;
const folder = (): string => join(run, 'model', 'scenarios');

const tune = (...args: readonly string[]) =>
  qAnchor(['tune', run, '--data', dataset, '--steps', '8', '--quiet', ...args]);

const succeed = async (args: readonly string[]): Promise<void> => {
  const { code, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tune-'));
  dataset = join(root, 'dataset');
  run = join(root, 'run');
  for (const args of [
    ['simulate', '--users', '200', '--seed', '3', '--out', dataset],
    ['pairs', dataset, '--future', '1', '--uqa', '1', '--horizons', '30'],
    ['pretrain', '--data', dataset, '--out', run, '--steps', '2', ...tinyModel],
  ]) {
    await succeed(args);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('leaves an artefact in the model directory, and tells what it cost', async () => {
  const { code, stdout, stderr } = await tune('--scenario', 'takeout', '--json');
  expect([code, stderr]).toEqual([0, '']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, Record<string, any>> };
  const { steps, validationLoss, seconds, prefixSeconds } = scenarios['takeout']!;
  expect(steps).toBe(8);
  expect(validationLoss.tuned).toBeLessThanOrEqual(validationLoss.untuned);
  expect(prefixSeconds).toBeLessThan(seconds);
  expect(await readdir(folder())).toEqual(['takeout']);
  const text = await readFile(join(folder(), 'takeout', 'scenario.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ scenario: 'takeout', promptTokens: 6, classes: 2 });
});

test('an unknown scenario is bad input; nothing is written', async () => {
  const { code, stderr } = await tune('--scenario', 'weather');
  expect(code).toBe(2);
  expect(stderr).toMatch(/--scenario: expected one of .*takeout/);
  expect(await readdir(folder())).toEqual(['takeout']);
});

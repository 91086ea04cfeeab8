import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect, test, vi } from 'vitest';

import { qAnchor, tinyModel } from './support/command.js';
import { trainedRun } from './support/trained-run.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let dataset: string;
let run: string;
const folder = (): string => join(run, 'model', 'scenarios');

const tune = (...args: readonly string[]) =>
  qAnchor(['tune', run, '--data', dataset, '--steps', '8', '--quiet', ...args]);

beforeAll(async () => {
  ({ dataset, run } = await trainedRun({
    users: 200,
    pairs: ['--future', '1', '--uqa', '1', '--horizons', '30'],
    pretrain: ['--steps', '2', ...tinyModel],
  }));
});

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

import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { beforeAll, expect, test, vi } from 'vitest';

import type { Report } from '../src/report/model.js';
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

test('training, tuning and an evaluation are in the report', async () => {
  const [tuning] = (await readFile(join(run, 'tuning.jsonl'), 'utf8')).split('\n');
  const { scenario, losses, bestStep, settings } = JSON.parse(tuning!) as Record<string, any>;
  expect([scenario, settings.method, settings.promptTokens]).toEqual(['takeout', 'prompt', 6]);
  expect(losses[0].step).toBe(0);
  expect(losses.map(({ step }: { step: number }) => step)).toContain(bestStep);
  const evaluating = ['--data', dataset, '--scenario', 'takeout', '--resamples', '20', '--json'];
  const { stdout: line, stderr } = await qAnchor(['evaluate', run, ...evaluating, '--quiet']);
  expect(stderr).toBe('');
  const { scenarios } = JSON.parse(line) as { scenarios: Record<string, { rows: object }> };
  const out = join(dirname(run), 'report.html');
  const made = await qAnchor(['report', run, '--out', out, '--json', '--quiet']);
  expect([made.code, made.stderr]).toEqual([0, '']);
  const { panels, missing } = JSON.parse(made.stdout) as Report;
  const partOf = (id: string) => panels.find((panel) => panel.id === id)!;
  expect(missing.map(({ title }) => title)).toEqual([
    'Means over scenarios',
    'Slices',
    'Scaling and ablations',
    'Attention by modality',
  ]);
  const [scores] = partOf('scores').tables;
  const shown = scores!.rows[0]!.slice(1).map((cell) => (cell as { value: number }).value);
  const rows = Object.values<{ auc: number }>(scenarios['takeout']!.rows as Record<string, any>);
  expect(new Set(shown)).toEqual(new Set(rows.map(({ auc }) => auc)));
  const before = partOf('projections').charts.map(({ id }) => id);
  expect(before).toEqual(expect.arrayContaining(['pca-takeout-query', 'pca-takeout-promptTuned']));
  expect(partOf('training').charts[0]!.series[0]).toMatchObject({ name: 'run' });
  expect((await readFile(out, 'utf8')).match(/<svg/gu)).toHaveLength(
    panels.flatMap(({ charts }) => charts).length,
  );
});

test('scenarios of one command share the reading of their users, and come out as by themselves', async () => {
  const artefact = (): Promise<Buffer> => readFile(join(folder(), 'login', 'prompt.safetensors'));
  await tune('--scenario', 'login');
  const alone = await artefact();
  await rm(join(folder(), 'login'), { recursive: true });
  const { stdout } = await tune('--scenario', 'takeout', '--scenario', 'login', '--json');
  const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, Record<string, any>> };
  expect((await artefact()).equals(alone)).toBe(true);
  expect(scenarios['login']!['prefixSeconds']).toBeLessThan(
    scenarios['takeout']!['prefixSeconds'] / 4,
  );
  await rm(join(folder(), 'login'), { recursive: true });
});

test('an unknown scenario is bad input; nothing is written', async () => {
  const { code, stderr } = await tune('--scenario', 'weather');
  expect(code).toBe(2);
  expect(stderr).toMatch(/--scenario: expected one of .*takeout/);
  expect(await readdir(folder())).toEqual(['takeout']);
});

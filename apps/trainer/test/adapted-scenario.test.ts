import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openModel } from '@q-anchor/dual-tower';
import { loadScenario } from '@q-anchor/prompt-tuning';
import { beforeAll, expect, test, vi } from 'vitest';

import { qAnchor, tinyModel } from './support/command.js';
import { trainedRun } from './support/trained-run.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let root: string;
let dataset: string;
let run: string;

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

const tune = (...args: readonly string[]): readonly string[] =>
  ['tune', run, '--data', dataset, '--scenario', 'takeout', '--steps', '6'].concat(args);

const json = (stdout: string): Record<string, any> =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, any>;

let tuned: Record<string, any>;

beforeAll(async () => {
  ({ root, dataset, run } = await trainedRun({
    users: 200,
    pairs: ['--future', '1', '--uqa', '1', '--horizons', '30'],
    // With fewer words a scenario's question has more tokens than a query may have.
    pretrain: ['--steps', '2', ...tinyModel, '--vocabulary', '1000'],
  }));
  const options = [
    '--method',
    'lora',
    '--rank',
    '3',
    '--targets',
    'q_proj,o_proj',
    '--rate',
    '0.01',
  ];
  tuned = json(await succeed(...tune(...options, '--json')));
});

test('tune --method lora leaves adapters in the form of PEFT, and says what they cost', async () => {
  expect(tuned['scenarios'].takeout).toMatchObject({ method: 'lora', steps: 6 });
  const folder = join(run, 'model', 'scenarios', 'takeout');
  expect(await readdir(folder)).toContain('adapter_model.safetensors');
  const description = JSON.parse(await readFile(join(folder, 'scenario.json'), 'utf8'));
  expect(description).toMatchObject({
    method: 'lora',
    prefix: 'own',
    training: { rank: 3, alpha: 6, targets: 'q_proj,o_proj', peakRate: 0.01 },
  });
  const model = await openModel(join(run, 'model'));
  const { adapters } = await loadScenario(join(run, 'model'), { scenario: 'takeout', model });
  expect(adapters!.lora).toMatchObject({ rank: 3, alpha: 6, targets: ['q_proj', 'o_proj'] });
});

test('is evaluated, embedded and looked into as what it is', async () => {
  const asked = ['--data', dataset, '--scenario', 'takeout'];
  const { scenarios } = json(await succeed('evaluate', run, ...asked, '--json'));
  const names = Object.keys(scenarios.takeout.rows);
  expect(names.slice(0, 3)).toEqual(['loraTuned', 'loraTunedPrototype', 'query']);
  const sliced = await succeed('evaluate', run, ...asked, '--slice', 'city_size');
  expect(sliced).toMatch(/city_size +positives +loraTuned +loraTunedPrototype +query/u);
  const embedded = await succeed('embed', run, ...asked, '--out', join(root, 'users.parquet'));
  expect(embedded).toContain('takeout: by tuned adapters');
  const looked = ['attention', run, ...asked, '--users', '5', '--json'];
  const { takeout } = json(await succeed(...looked))['scenarios'];
  expect(takeout.after.user).not.toBe(takeout.before.user);
  expect(takeout).not.toHaveProperty('fromPrompts');
  expect(takeout.after).not.toHaveProperty('prompts');
});

test('is carried over to a copy of the model by measurement', async () => {
  const out = join(root, 'halved');
  await succeed(
    'export',
    run,
    '--out',
    out,
    '--weights',
    'bf16',
    '--data',
    dataset,
    '--users',
    '20',
  );
  const model = await openModel(out);
  const { carried, adapters } = await loadScenario(out, { scenario: 'takeout', model });
  expect(carried).toMatchObject([{ weights: 'bf16' }]);
  expect(adapters!.lora.rank).toBe(3);
});

test.each([
  [['--method', 'lora', '--tokens', '4'], /--tokens: expected --method prompt/],
  [['--rank', '4'], /--rank: expected --method lora/],
  [['--method', 'lora', '--targets', 'mlp'], /mlp/],
])('%j is bad input', async (options, message) => {
  const { code, stderr } = await qAnchor(tune(...options, '--quiet'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

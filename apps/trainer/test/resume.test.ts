import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createOnnxEngine } from '@q-anchor/backend';
import { loadModel } from '@q-anchor/dual-tower';
import { openDataset } from '@q-anchor/useru';
import { beforeAll, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { readExamples } from '../src/data/read-examples.js';
import { nano } from '../src/presets/nano.js';
import { prepareModel } from '../src/pretrain/prepare.js';
import { pretrainSettings } from '../src/pretrain/settings.js';
import { trainRun } from '../src/pretrain/train.js';
import { runModelDir } from '../src/run/run-directory.js';
import { qAnchor, qAnchorProcess, tinyModel } from './support/command.js';

// Each test compiles models, and some start a process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
let dataset: string;

beforeAll(async () => {
  root = await temporaryFolder();
  dataset = join(root, 'dataset');
  await qAnchor(['simulate', '--users', '40', '--out', dataset, '--quiet']);
  await qAnchor(['pairs', dataset, '--future', '2', '--uqa', '1', '--quiet']);
});

const stepsLogged = async (run: string): Promise<number[]> => {
  const text = await readFile(join(run, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { step: number; validation?: object })
    .filter((line) => line.validation === undefined)
    .map(({ step }) => step);
};

test('6 steps are 3 and, resumed, 3 more, bit by bit', async () => {
  const small = { width: 16, layers: 1, heads: 2, kvHeads: 1, feedForward: 24, eventWidth: 12 };
  const hyperparameters = {
    ...nano,
    ...small,
    vocabulary: 400,
    headHidden: 16,
    headOutput: 8,
    steps: 6,
    batchUsers: 3,
    futurePairs: 1,
    uqaPairs: 1,
  };
  await using opened = await openDataset(dataset);
  await using engine = createOnnxEngine({ threads: 1 });
  const never = new AbortController().signal;
  const examples = await readExamples(opened, {
    maxUsers: 0,
    validationUsers: 4,
    seed: 5,
    signal: never,
    onProgress: () => undefined,
  });
  const model = prepareModel(examples.train, { info: opened.info, hyperparameters, seed: 5 });
  const settings = pretrainSettings(hyperparameters, { seed: 5, checkpointSteps: 2 });
  const train = (name: string, stopAfter = Infinity, isResumed = false) => {
    const stop = new AbortController();
    return trainRun(engine, {
      model,
      examples,
      settings,
      isResumed,
      signal: stop.signal,
      runDir: join(root, name),
      onProgress: ({ step }) => {
        if (step === stopAfter) stop.abort();
      },
      onValidation: () => undefined,
    });
  };
  expect(await train('straight')).toEqual({ step: 6, isComplete: true });
  expect(await train('halves', 3)).toEqual({ step: 3, isComplete: false });
  expect(await train('halves', Infinity, true)).toEqual({ step: 6, isComplete: true });
  expect(await stepsLogged(join(root, 'halves'))).toEqual([1, 2, 3, 4, 5, 6]);
  const straight = await loadModel(runModelDir(join(root, 'straight')));
  const halves = await loadModel(runModelDir(join(root, 'halves')));
  expect(halves.parameters).toEqual(straight.parameters);
  expect(halves.digest).toBe(straight.digest);
});

test('Ctrl-C saves a checkpoint and ends with 130; --resume goes on from it', async () => {
  const args = ['pretrain', '--data', dataset, ...tinyModel, '--steps', '60'];
  const out = join(root, 'interrupted');
  const child = qAnchorProcess([...args, '--out', out, '--checkpoint-steps', '0']);
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  while (child.exitCode === null && (await stepsLogged(out)).length < 2) await sleep(20);
  child.kill('SIGINT');
  expect([await ended, stderr]).toEqual([
    [130, null],
    expect.stringContaining('Go on with --resume'),
  ]);
  const done = (await stepsLogged(out)).at(-1)!;
  expect(done).toBeLessThan(60);
  expect(await readdir(join(out, 'checkpoints'))).toEqual([
    `step-${String(done).padStart(6, '0')}`,
  ]);
  expect(await readdir(out)).not.toContain('model');

  const unfinished = await qAnchor(['evaluate', out, '--data', dataset]);
  expect([unfinished.code, unfinished.stderr]).toEqual([2, expect.stringContaining('--resume')]);
  const resume = ['pretrain', '--data', dataset, '--threads', '1', '--validation-users', '4'];
  const resumed = await qAnchor([...resume, '--out', out, '--resume', '--quiet']);
  expect([resumed.code, resumed.stderr]).toEqual([0, '']);
  expect(await stepsLogged(out)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(await readdir(out)).toContain('model');
});

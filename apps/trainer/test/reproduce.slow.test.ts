import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { Command } from 'commander';
import { beforeAll, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { runCommandLine } from '../src/command-line.js';
import { reproduceCommand } from '../src/commands/reproduce.js';
import type { CommandContext } from '../src/context.js';
import type { Report } from '../src/report/model.js';
import { reproductionScales, type ReproductionScale } from '../src/reproduce/scale.js';
import { tinyModel } from './support/command.js';

// Some forty command lines, most of which compile a model.
vi.setConfig({ testTimeout: 3_600_000 });

const scenarios = ['active', 'takeout', 'promo'];
const engineless = tinyModel.filter(
  (word, i) => word !== '--threads' && tinyModel[i - 1] !== '--threads',
);
const tiny: ReproductionScale = {
  ...reproductionScales.quick,
  users: 200,
  days: 60,
  futurePairs: 2,
  uqaPairs: 1,
  pretrain: ['--preset', 'nano', ...engineless],
  steps: 3,
  comparedSteps: 2,
  seeds: 2,
  baselineSteps: 2,
  tune: ['--batch-users', '8'],
  tuneSteps: 3,
  sweptTokens: [1, 2],
  sweptSteps: [2],
  scenarios,
  sweptScenarios: ['active', 'takeout'],
  comparedScenarios: scenarios,
  untrainedScenarios: ['active', 'takeout'],
  attentionScenarios: ['takeout'],
  resamples: 20,
};

let out: string;
const lines: string[][] = [];

/** Runs the command with scales of our own; `stopAfter` command lines it is stopped. */
async function reproduce(stopAfter = Infinity): Promise<void> {
  const abort = new AbortController();
  const nothing = new Writable({ write: (_chunk, _, done) => done() });
  const none = () => {};
  const context: CommandContext = {
    signal: abort.signal,
    log: { info: none, warn: none, error: none },
    write: none,
    print: none,
    progress: () => ({ update: none, stop: none }),
  };
  let done = 0;
  const command = reproduceCommand(() => context, {
    runCommand: async (args, stdout) => {
      if (++done > stopAfter) abort.abort();
      lines.push([...args]);
      const io = { stdout, stderr: nothing, signal: abort.signal };
      return await runCommandLine(args, io);
    },
    scales: { quick: tiny, medium: tiny, full: tiny },
    // The sources' own may change while this runs.
    versionOf: async () => ({ version: '0.0.0' }),
  });
  await new Command()
    .addCommand(command)
    .parseAsync(['reproduce', '--scale', 'quick', '--out', out, '--threads', '1'], {
      from: 'user',
    });
}

beforeAll(async () => {
  out = join(await temporaryFolder(), 'reproduction');
});

test('stopped and gone on with, it ends in a report of everything', async () => {
  await expect(reproduce(3)).rejects.toThrow('Stopped in step tune main');
  const before = lines.length;
  await reproduce();
  expect(lines.slice(before).map(([command]) => command)).not.toContain('simulate');
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
  expect(report.title).toBe('Q-Anchor: reproduction, quick, seed 1');
  expect(report.missing).toEqual([]);
  const panel = (id: string) => report.panels.find((one) => one.id === id)!;
  expect(panel('averages').tables[0]!.rows.map(([row]) => row)).toEqual([
    'Prompt-tuned',
    'Prompt-tuned, prototypes',
    'Query',
    'No query',
    'Random encoder',
    'Hand features',
    'Boosted trees',
    'Mean of events',
    'Mean of events, untrained',
    'Profile in words',
    'Static contrastive',
    'Next event',
    'Static contrastive beside hand features',
    'Next event beside hand features',
  ]);
  const ablations = panel('ablations').tables[0]!.rows;
  expect(ablations.map(([label]) => label)).toEqual([
    'whole',
    'no user token',
    'no modality tokens',
    'neither user nor modality tokens',
    'no mask of false negatives',
    'no next-token loss',
    'no contrastive loss',
    'prompt-tuned without pre-training',
  ]);
  expect(ablations.at(-1)!.slice(1, 4)).toEqual(['Prompt-tuned', 2, 0]);
  for (const [, , , , auc, difference] of ablations.slice(1)) {
    expect(auc).toMatchObject({ value: expect.any(Number), interval: expect.any(Array) });
    expect(difference).toEqual(expect.any(Number));
  }
  expect(panel('data-scaling').tables[0]!.rows.map(([share]) => share)).toEqual([
    20, 40, 60, 80, 100,
  ]);
  expect(panel('seeds').tables[0]!.rows.map(([row]) => row)).toEqual(['Query']);
  const curves = panel('tuning').tables.filter(({ caption }) => caption.includes('means over'));
  expect(curves.map(({ rows }) => rows.map(([x]) => x))).toEqual([
    [1, 2, 6],
    [2, 3],
  ]);
  expect(panel('attention').charts).toHaveLength(1);
});

test('a part that is lost is a run that is not shown; the main run must be there', async () => {
  const [first] = lines;
  expect(first![0]).toBe('simulate');
  const page = join(out, 'again.html');
  const io = {
    stdout: new Writable({ write: (_chunk, _, done) => done() }),
    stderr: new Writable({ write: (_chunk, _, done) => done() }),
    signal: new AbortController().signal,
  };
  await rm(join(out, 'runs', 'no-user-token'), { recursive: true });
  expect(await runCommandLine(['report', out, '--out', page], io)).toBe(0);
  const report = JSON.parse(await readFile(join(out, 'again.json'), 'utf8')) as Report;
  const { tables } = report.panels.find(({ id }) => id === 'ablations')!;
  expect(tables[0]!.rows.map(([label]) => label)).not.toContain('no user token');
  await rm(join(out, 'runs', 'main'), { recursive: true });
  expect(await runCommandLine(['report', out, '--out', page], io)).toBe(2);
});

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { openJournal, type Journal } from '../../src/reproduce/journal.js';
import type { ReproductionStep } from '../../src/reproduce/plan.js';
import { runSteps, secondsLeft, type CommandRunner } from '../../src/reproduce/run-steps.js';

let out: string;
let journal: Journal;
const open = () =>
  openJournal(join(out, 'journal.jsonl'), { scale: 'quick', seed: 1, version: '0', plan: '' });
beforeEach(async () => {
  out = await temporaryFolder();
  await mkdir(join(out, 'logs'));
  journal = await open();
});

const steps: readonly ReproductionStep[] = [
  { name: 'simulate', args: ['simulate', '--users', '9'], seconds: 10 },
  { name: 'pretrain main', args: ['pretrain'], run: '', seconds: 30 },
  { name: 'evaluate, by all', args: ['evaluate'], seconds: 20 },
];

/** Runs the steps by a runner that notes command lines, and ends as the step's entry says. */
async function run(
  ends: Readonly<Record<string, number | (() => number)>> = {},
  { signal = new AbortController().signal, isQuiet = false } = {},
) {
  const lines: string[] = [];
  const told: string[] = [];
  const runCommand: CommandRunner = async (args, stdout) => {
    lines.push(args.join(' '));
    stdout.write(`result of ${args[0]}\n`);
    const end = ends[args[0]!] ?? 0;
    return typeof end === 'number' ? end : end();
  };
  const log = { info: (text: string) => told.push(text), warn: () => {}, error: () => {} };
  const own = steps.map((step) => ('run' in step ? { ...step, run: join(out, 'run') } : step));
  const options = { out, journal, runCommand, isQuiet, context: { log, signal } };
  const error: unknown = await runSteps(own, options).catch((reason: unknown) => reason);
  return { lines, told, error: error as Error | undefined };
}

test('runs the steps in order, keeps their results, and says how long it will take', async () => {
  const { lines, told, error } = await run();
  expect(error).toBeUndefined();
  expect(lines).toEqual(['simulate --users 9', 'pretrain', 'evaluate']);
  expect(told[0]).toBe('Step 1 of 3: simulate (about 1 min 00 s left in all)');
  expect(await readFile(join(out, 'logs', 'evaluate-by-all.txt'), 'utf8')).toBe(
    'result of evaluate\n',
  );
  expect([...journal.finished.keys()]).toEqual(steps.map(({ name }) => name));
});

test('finished steps are skipped; one that failed is done again', async () => {
  const { error } = await run({ pretrain: 1 });
  expect(error!.message).toBe('Step pretrain main ended with 1: q-anchor pretrain');
  journal = await open();
  const again = await run();
  expect(again.lines).toEqual(['pretrain', 'evaluate']);
  expect(again.told[0]).toBe('1 of 3 steps are done already');
  expect((await run()).lines).toEqual([]);
});

test('a training that was begun is gone on with', async () => {
  await mkdir(join(out, 'run'));
  await writeFile(join(out, 'run', 'config.json'), '{}');
  expect((await run()).lines[1]).toBe('pretrain --resume');
});

test('a stop is told, and the step is not taken for done', async () => {
  const abort = new AbortController();
  const stopped = () => {
    abort.abort();
    return 130;
  };
  const { lines, error } = await run({ pretrain: stopped }, { signal: abort.signal });
  expect(lines).toEqual(['simulate --users 9', 'pretrain']);
  expect(error!.message).toMatch(/^Stopped in step pretrain main; the same command goes on/u);
  expect([...(await open()).finished.keys()]).toEqual(['simulate']);
});

test('quiet steps in a quiet reproduction', async () => {
  expect((await run({}, { isQuiet: true })).lines).toEqual([
    'simulate --users 9 --quiet',
    'pretrain --quiet',
    'evaluate --quiet',
  ]);
});

describe('the time left', () => {
  test.each([
    [{}, 60],
    // 30 s took 60: the machine is half as fast.
    [{ 'pretrain main': 60 }, 60],
    [{ simulate: 5, 'pretrain main': 15, 'evaluate, by all': 10 }, 0],
  ])('after %o is %d s', (finished, left) => {
    expect(secondsLeft(steps, new Map(Object.entries(finished)))).toBeCloseTo(left, 10);
  });
});

import { once } from 'node:events';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import { createAnswerer, loadModel } from '@q-anchor/dual-tower';
import { openDataset } from '@q-anchor/useru';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { nearestTexts } from '../src/ask/nearest-texts.js';
import { userReference } from '../src/ask/user-reference.js';
import { qAnchor, qAnchorProcess, tinyModel } from './support/command.js';

// Models are compiled, and some tests start a process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
let dataset: string;
let run: string;
const user = 'u000003';
const question = 'What will this user buy?';

const pretrain = (out: string, ...options: readonly string[]) =>
  qAnchor(['pretrain', '--data', dataset, '--out', out, ...tinyModel, ...options, '--quiet']);
const ask = (...args: readonly string[]) =>
  qAnchor(['ask', run, '--data', dataset, '--threads', '1', ...args]);

beforeAll(async () => {
  root = await temporaryFolder();
  dataset = join(root, 'dataset');
  run = join(root, 'run');
  await qAnchor(['simulate', '--users', '30', '--out', dataset, '--quiet']);
  await qAnchor(['pairs', dataset, '--future', '2', '--uqa', '1', '--quiet']);
  await pretrain(run, '--steps', '3', '--rate', '0.03');
});

describe('ask', () => {
  test('answers on stdout as the model does, and logs on stderr', async () => {
    const { code, stdout, stderr } = await ask('--user', user, '--max-tokens', '12', question);
    expect(code).toBe(0);
    expect(stderr).toMatch(/User u000003 at day \d+: \d+ tokens/u);
    expect(stderr).toMatch(/\d+ tokens, .*tokens\/s/u);

    await using engine = createOnnxEngine({ threads: 1 });
    await using answerer = await createAnswerer(engine, await loadModel(join(run, 'model')));
    await using opened = await openDataset(dataset);
    const newest = await userReference(opened, { user });
    for await (const [profile] of opened.profiles([newest])) {
      const { text } = await answerer.answer(profile!, question, { maxTokens: 12 }).finished();
      expect(stdout).toBe(`${text}\n`);
    }
  });

  test('--json prints one record a question', async () => {
    const args = ['--user', user, '--max-tokens', '8', '--json', question, 'And then?'];
    const { code, stdout } = await ask(...args, '--temperature', '1.2', '--seed', '5');
    expect(code).toBe(0);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map((record) => record['question'])).toEqual([question, 'And then?']);
    for (const record of records) {
      expect(record).toEqual({
        user,
        referenceDays: expect.any(Number),
        question: expect.any(String),
        answer: expect.any(String),
        tokens: expect.any(Number),
        stopReason: expect.stringMatching(/^(end|maxTokens)$/u),
        meanLogProbability: expect.any(Number),
        seconds: expect.any(Number),
      });
      expect(record['tokens']).toBeLessThanOrEqual(8);
    }
  });

  test('draws by seed', async () => {
    const drawn = async (seed: string) => {
      const args = ['--user', user, '--max-tokens', '10', '--temperature', '2', '--seed', seed];
      return (await ask(...args, question)).stdout;
    };
    const first = await drawn('1');
    expect(await drawn('1')).toBe(first);
    expect(await drawn('2')).not.toBe(first);
  });

  test('warns of what does nothing, and of a model that has not learnt to answer', async () => {
    const { stderr } = await ask('--user', user, '--max-tokens', '1', '--top-k', '3', question);
    expect(stderr).toContain('--top-k');
    const silent = join(root, 'silent');
    await pretrain(silent, '--steps', '1', '--ntp-weight', '0');
    const args = ['ask', silent, '--data', dataset, '--user', user, '--max-tokens', '1', question];
    const { code, stderr: warning } = await qAnchor([...args, '--quiet']);
    expect(code).toBe(0);
    expect(warning).toContain('--ntp-weight 0');
  });

  test('stops when it is told to', async () => {
    const args = ['ask', run, '--data', dataset, '--user', user, question];
    const { code, stderr } = await qAnchor(args, AbortSignal.abort());
    expect([code, stderr]).toEqual([130, expect.stringContaining('Stopped')]);
  });

  test.each([
    [['--user', 'u00003', question], 'Most like it: u000003'],
    [['--user', 'u00003', question], 'references.parquet'],
    [['--user', user, '--at', '-7.5', question], 'a reference time of user u000003, in days: '],
    [['--user', user, '--at', 'May', question], 'It must be a number.'],
    [['--user', user], "missing required argument 'question'"],
    [['--user', user, ' '], 'expected a question'],
    [[question], "required option '--user <id>'"],
    [['--user', user, '--top-p', '1.5', question], 'topP: expected a number above 0 and up to 1'],
    [['--user', user, '--max-tokens', '0', question], 'at least 1'],
  ])('%j ends with 2', async (args, message) => {
    const { code, stdout, stderr } = await ask(...args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('the reference of a user', () => {
  const points = [
    { userId: 'ann', referenceDays: 10, split: 'train' as const },
    { userId: 'ann', referenceDays: 40.5, split: 'test' as const },
    { userId: 'bob', referenceDays: 20, split: 'train' as const },
  ];
  const of = (asked: { readonly user: string; readonly at?: number }) =>
    userReference(
      { directory: 'd', info: { name: 'shop' } as never, references: async () => points },
      asked,
    );

  test('is the newest, or the one asked for', async () => {
    expect(await of({ user: 'ann' })).toBe(points[1]);
    expect(await of({ user: 'ann', at: 10 })).toBe(points[0]);
  });

  test('that is not there', async () => {
    await expect(of({ user: 'Anne' })).rejects.toThrow(
      /shop, found "Anne".*Most like it: ann, bob/su,
    );
    await expect(of({ user: 'ann', at: 20 })).rejects.toThrow(/10, 40\.5, found 20/u);
  });

  test('texts most like one', () => {
    const among = ['u10', 'u01', 'v01', 'x'];
    expect(nearestTexts('U01', { among, count: 2 })).toEqual(['u01', 'v01']);
    expect(nearestTexts('', { among, count: 1 })).toEqual(['x']);
    expect(nearestTexts('u01', { among: [], count: 3 })).toEqual([]);
  });
});

describe('a reader who leaves', () => {
  /** Starts a command, and leaves after the first bytes, or at once. */
  const leftProcess = async (args: readonly string[], { isAtOnce }: { isAtOnce: boolean }) => {
    const child = qAnchorProcess(args);
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close');
    if (!isAtOnce) await once(child.stdout!, 'data');
    child.stdout!.destroy();
    await ended;
    return { code: child.exitCode, stderr };
  };

  test('ends the command quietly', async () => {
    const left = await leftProcess(['--help'], { isAtOnce: true });
    expect(left).toEqual({ code: 141, stderr: '' });
  });

  test('stops work in progress', async () => {
    const questions = Array.from({ length: 400 }, (_, i) => `${question} ${i}`);
    const args = ['ask', run, '--data', dataset, '--user', user, '--quiet', ...questions];
    const left = await leftProcess(args, { isAtOnce: false });
    expect(left).toEqual({ code: 141, stderr: '' });
  });
});

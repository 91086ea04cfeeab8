import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnnxEngine } from '@q-anchor/backend';
import {
  attentionShares,
  createAttentionReader,
  meanShares,
  openModel,
} from '@q-anchor/dual-tower';
import { modalityNames } from '@q-anchor/user-tokens';
import { openDataset } from '@q-anchor/useru';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { shareRecord } from '../src/attention/share-record.js';
import { qAnchor, tinyModel } from './support/command.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let dataset: string;
let run: string;

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

const attention = (...args: readonly string[]): Promise<string> =>
  succeed('attention', run, '--data', dataset, ...args);

const sum = (shares: Readonly<Record<string, number>>): number =>
  Object.values(shares).reduce((total, share) => total + share, 0);

beforeAll(async () => {
  const root = await temporaryFolder();
  [dataset, run] = [join(root, 'dataset'), join(root, 'run')];
  await succeed('simulate', '--users', '200', '--seed', '3', '--out', dataset);
  await succeed('pairs', dataset, '--future', '1', '--uqa', '1', '--horizons', '30');
  // With fewer words a scenario's question has more tokens than a query may have.
  const words = ['--vocabulary', '1000'];
  await succeed(
    'pretrain',
    '--data',
    dataset,
    '--out',
    run,
    '--steps',
    '2',
    ...tinyModel,
    ...words,
  );
  await succeed('tune', run, '--data', dataset, '--scenario', 'takeout', '--steps', '4');
});

describe('of scenarios', () => {
  test('before and after tuning, kept for the report', async () => {
    const asked = ['--scenario', 'takeout', '--scenario', 'fraud', '--users', '12', '--json'];
    const line = await attention(...asked, '--user', 'u000003', '--events', '5');
    expect(await readFile(join(run, 'attention.json'), 'utf8')).toBe(line);
    const { users, layers, heads, scenarios } = JSON.parse(line) as Record<string, any>;
    expect({ users, layers, heads }).toEqual({ users: 12, layers: 1, heads: 2 });
    const { takeout, fraud } = scenarios;
    for (const shares of [
      takeout.before,
      takeout.after,
      takeout.fromPrompts,
      takeout.even,
      takeout.perLayer.before[0],
      takeout.perLayer.after[0],
      fraud.before,
      fraud.even,
    ]) {
      expect(sum(shares)).toBeCloseTo(1, 4);
    }
    expect(Object.keys(takeout.after)).toContain('prompts');
    expect(Object.keys(takeout.before)).not.toContain('prompts');
    expect(takeout.after.user).not.toBe(takeout.before.user);
    // Prompts see what is before them, and nothing else.
    expect(takeout.fromPrompts).toMatchObject({ question: 0, itself: 0 });
    expect(fraud).not.toHaveProperty('after');
    const shares = takeout.topEvents.map(({ share }: { share: number }) => share);
    expect(shares).toEqual(shares.toSorted((a: number, b: number) => b - a));
    for (const top of [...takeout.topEvents, ...fraud.topEvents]) {
      expect(top.daysBefore).toBeGreaterThanOrEqual(0);
      expect(top.text).not.toBe('');
    }
    expect(takeout.topEvents).toHaveLength(5);
    expect(takeout.topEvents[0].shareBefore).toBeGreaterThan(0);
    expect(fraud.topEvents[0]).not.toHaveProperty('shareBefore');
  });

  test('all of them by default', async () => {
    const line = await attention('--users', '2', '--json');
    expect(Object.keys((JSON.parse(line) as { scenarios: object }).scenarios)).toHaveLength(10);
  });

  test('in a table', async () => {
    const text = await attention('--scenario', 'takeout', '--users', '5', '--user', 'u000003');
    expect(text).toMatch(
      /attention to +spread evenly +before tuning +after +change +within the prefix +from prompts/u,
    );
    expect(text).toMatch(/prompts +[\d.]+ % +0\.00 % +[\d.]+ %/u);
    expect(text).toMatch(/share +before tuning +days before +modality +event/u);
  });
});

test('of a question: the mean of what the model does, one user after the other', async () => {
  await rm(join(run, 'attention.json'), { force: true });
  const query = 'What does this user read?';
  const line = await attention(
    '--query',
    query,
    '--users',
    '1000',
    '--split',
    'validation',
    '--json',
  );
  const { users, scenarios } = JSON.parse(line) as Record<string, any>;
  // Nothing is kept: the report shows scenarios.
  await expect(readFile(join(run, 'attention.json'))).rejects.toThrow('ENOENT');

  const model = await openModel(join(run, 'model'));
  await using engine = createOnnxEngine({ threads: 1 });
  await using reader = await createAttentionReader(engine, model);
  await using data = await openDataset(dataset);
  const references = await data.references({ splits: ['validation'] });
  expect(users).toBe(references.length);
  const all = [];
  for await (const profiles of data.profiles(references, { batchSize: 1 })) {
    const [[found]] = (await reader.read(profiles, [{ query }])) as [[any]];
    const options = { tokens: found.tokens, modalities: modalityNames(model.config.users) };
    all.push(attentionShares(found.fromUserEmbedding[0], options));
  }
  const expected = shareRecord(meanShares(all));
  for (const [name, share] of Object.entries(expected)) {
    expect(scenarios[query].before[name]).toBeCloseTo(share, 6);
  }
});

test.each([
  [['--scenario', 'takeaway'], /expected one of .*takeout/s],
  [['--query', '', '--user', 'nobody'], /a user of dataset/],
])('%j is bad input', async (options, message) => {
  const { code, stderr } = await qAnchor(['attention', run, '--data', dataset, ...options]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

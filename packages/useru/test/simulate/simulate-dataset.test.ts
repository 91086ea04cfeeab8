import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { InputError, type UserProfile } from '@q-anchor/core';
import {
  openDataset,
  readSimulationTruth,
  readTrueProbabilities,
  simulateDataset,
} from '@q-anchor/useru';
import { beforeAll, expect, it, vi } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';
import { filesOf } from '../support/files-of.js';

// The threads start with a loader and a database each, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let root = '';
beforeAll(async () => {
  root = await temporaryFolder();
  await simulateDataset({ users: 300, seed: 5, outputDir: join(root, 'world'), workers: 2 });
});

/** Profiles of the people of the test split. */
const testProfiles = async (name: string): Promise<UserProfile[]> => {
  await using dataset = await openDataset(join(root, name));
  const references = await dataset.references({ splits: ['test'] });
  const profiles: UserProfile[] = [];
  for await (const batch of dataset.profiles(references)) profiles.push(...batch);
  return profiles;
};

it('gives the same bytes for the same seed and any number of workers', async () => {
  const run = async (name: string, options: { seed: number; workers: number }) => {
    await simulateDataset({ users: 220, outputDir: join(root, name), ...options });
    return filesOf(join(root, name));
  };
  const one = await run('one', { seed: 8, workers: 1 });
  expect(Object.keys(one)).toContain('truth.parquet');
  const two = await run('two', { seed: 8, workers: 2 });
  expect(Object.keys(two)).toEqual(Object.keys(one));
  for (const [name, content] of Object.entries(one)) {
    expect([name, two[name] === content]).toEqual([name, true]);
  }
  const other = await run('other', { seed: 9, workers: 2 });
  expect(other['actions.parquet'] === one['actions.parquet']).toBe(false);
});

it('gives people the same life whoever else there is, and another window on request', async () => {
  const outputDir = join(root, 'few');
  const few = await simulateDataset({ users: 20, seed: 5, outputDir });
  expect(few.counts.users).toBe(20);
  expect(few.scenarios.map(({ name }) => name)).not.toContain('fraud');
  const [profile] = await testProfiles('few');
  expect(profile).toBeDefined();
  const crowd = await testProfiles('world');
  expect(profile).toEqual(crowd.find(({ userId }) => userId === profile!.userId));

  const long = await simulateDataset({
    users: 20,
    seed: 5,
    windowDays: 120,
    outputDir: join(root, 'long'),
  });
  expect(long.windowDays).toBe(120);
  expect(long.counts.actions.rows).toBeGreaterThan(few.counts.actions.rows);
});

it('refuses too few people, other numbers that make no sense, and a folder that is taken', async () => {
  const outputDir = join(root, 'refused');
  const wrong = [{ users: 19 }, { users: 20.5 }, { windowDays: 59 }, { workers: 0 }, { seed: -1 }];
  for (const options of wrong) {
    await expect(simulateDataset({ users: 20, seed: 1, outputDir, ...options })).rejects.toThrow(
      InputError,
    );
  }
  await expect(
    simulateDataset({ users: 20, seed: 1, outputDir: join(root, 'world') }),
  ).rejects.toThrow(InputError);
  expect(await readdir(root)).not.toContain('refused');
  await expect(readSimulationTruth(root)).rejects.toThrow(InputError);
  await expect(readTrueProbabilities(join(root, 'world'), 'shoe')).rejects.toThrow(InputError);
});

it.each(['people', 'import'])('leaves nothing behind when stopped at: %s', async (phase) => {
  const abort = new AbortController();
  const simulation = simulateDataset({
    users: 420,
    seed: 1,
    workers: 1,
    outputDir: join(root, 'stopped'),
    signal: abort.signal,
    onProgress: (step) => {
      if (step.phase === phase) abort.abort(new Error('stopped by hand'));
    },
  });
  await expect(simulation).rejects.toThrow('stopped by hand');
  const left = await readdir(root);
  expect(left.filter((name) => name === 'stopped' || name.startsWith('.'))).toEqual([]);
});

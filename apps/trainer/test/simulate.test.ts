import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { timingColumns, timingFeatures } from '../src/simulate/timing-features.js';
import { qAnchor } from './support/command.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

describe('simulate', () => {
  test('tells how hard each scenario is, and what counts and timing tell', async () => {
    const out = join(root, 'world');
    const sized = ['simulate', '--users', '300', '--seed', '2', '--out', out, '--quiet'];
    const { code, stdout, stderr } = await qAnchor([...sized, '--workers', '2', '--baselines']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Dataset simulated in .*: 300 users/mu);
    expect(stdout).toMatch(/^fraud +risk +\d+\.\d % +\d+\.\d % +0\.\d{3}$/mu);
    expect(stdout).toMatch(/^active +\d+ of 75( +-?[01]\.\d{3}){5}$/mu);

    const args = [...sized, '--overwrite', '--days', '70', '--json'];
    const printed = JSON.parse((await qAnchor(args)).stdout) as Record<string, any>;
    expect(printed).toMatchObject({ name: 'simulated', windowDays: 70 });
    expect(Object.keys(printed['simulation'].scenarios)).toHaveLength(10);
    expect(await readdir(root)).toEqual(['world']);
  });
});

describe('timingFeatures', () => {
  const action = (timeDays: number, key: string) => {
    const [modality = '', category = ''] = key.split('/');
    return { timeDays, modality, category };
  };
  const featuresOf = (actions: ReadonlyArray<ReturnType<typeof action>>): number[] => [
    ...timingFeatures(actions, {
      referenceDays: 100,
      keyOf: ({ modality, category }) => `${modality}/${category}`,
    }),
  ];

  test('tells a small transfer before a large one from the reverse, and how recent it was', () => {
    const small = 'bill/small transfer';
    const large = 'bill/large transfer';
    const tested = featuresOf([action(-50.5, small), action(-50.45, large)]);
    expect(tested.slice(0, 4)).toEqual([1, 0, 0, 0]);
    const lately = featuresOf([action(-3.5, small), action(-3.45, large)]);
    expect(lately.slice(0, 4)).toEqual([1, 1, 0, 0]);
    const reversed = featuresOf([action(-50.5, large), action(-50.45, small)]);
    expect(reversed.slice(0, 4)).toEqual([0, 0, 1, 0]);
    const apart = featuresOf([action(-50.5, small), action(-50.2, large)]);
    expect(apart.slice(0, 4)).toEqual([0, 0, 0, 0]);
  });

  test('has as many as it says, and counts nights', () => {
    expect(featuresOf([])).toEqual(Array.from({ length: timingColumns }, () => 0));
    expect(featuresOf([action(-3.9, 'x/night'), action(-3.5, 'x/noon')]).at(-1)).toBe(1);
  });
});

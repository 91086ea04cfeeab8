import { expect, test } from 'vitest';

import { baselineNames } from '../src/evaluate/baselines/baseline-names.js';
import { qAnchor } from './support/command.js';
import { trainedRun } from './support/trained-run.js';

test('evaluate has a row for each baseline asked for', { timeout: 240_000 }, async () => {
  const { dataset, run } = await trainedRun({
    users: 150,
    pairs: ['--horizons', '30'],
    pretrain: ['--preset', 'nano', '--steps', '2', '--batch-users', '8', '--width', '32'],
  });
  const evaluated = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await qAnchor([
      'evaluate',
      run,
      '--data',
      dataset,
      '--scenario',
      'takeout',
      '--resamples',
      '20',
      '--json',
      '--quiet',
      '--projected-users',
      '0',
      ...args,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout).scenarios.takeout.rows as Record<string, { auc: number }>;
  };
  const plain = await evaluated();
  expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['gradientBoostedTrees']));
  const all = await evaluated('--baselines', 'all', '--baseline-steps', '2');
  expect(Object.keys(all)).toEqual([
    ...Object.keys(plain),
    ...baselineNames,
    'contrastiveStaticBesideHand',
    'nextEventBesideHand',
  ]);
  // Other rows do not depend on them, and they not on each other.
  expect(all).toMatchObject(plain);
  const two = await evaluated('--baselines', 'meanEvents', 'gradientBoostedTrees');
  expect(two).toEqual({
    ...plain,
    gradientBoostedTrees: all['gradientBoostedTrees'],
    meanEvents: all['meanEvents'],
  });
  // Trained with as many users a batch as the run, and with others.
  const own = ['--baselines', 'contrastiveStatic', '--baseline-steps', '2', '--baseline-users'];
  const { contrastiveStatic } = all;
  expect(await evaluated(...own, '8')).toMatchObject({ contrastiveStatic });
  expect(await evaluated(...own, '24')).not.toMatchObject({ contrastiveStatic });
  const { code } = await qAnchor(['evaluate', run, '--data', dataset, '--baselines', 'guesses']);
  expect(code).toBe(2);
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { presets } from '../src/presets/presets.js';
import { qAnchor, tinyModel } from './support/command.js';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

describe('usage', () => {
  test('help is a result, and lists what there is', async () => {
    const { code, stdout, stderr } = await qAnchor(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const command of ['import', 'pairs', 'simulate', 'pretrain', 'embed', 'ask', 'evaluate']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'mu'));
    }
  });

  test('every hyperparameter is an option with its default', async () => {
    const { code, stdout } = await qAnchor(['pretrain', '--help']);
    expect(code).toBe(0);
    for (const name of Object.keys(presets.nano)) {
      const flag = name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
      expect(stdout).toContain(`--${flag} <`);
    }
    expect(stdout).toMatch(
      /--steps <n>\s+optimiser\s+steps,\s+0\s+for\s+the\s+start\s+values\s+\(default:\s+nano\s+300,\s+small\s+1000,\s+release\s+50000\)/u,
    );
  });

  test.each([
    [['nonsense'], 'unknown command'],
    [['simulate'], "required option '--out <dataset>'"],
    [['simulate', '--out', 'x', '--users', '3'], 'at least 20'],
    [['simulate', '--out', 'x', '--nonsense'], "unknown option '--nonsense'"],
    [['pretrain', '--data', 'x', '--out', 'y', '--preset', 'huge'], 'Allowed choices are nano'],
    [['pretrain', '--data', 'x', '--out', 'y', '--time-features', 'yes'], 'on or off'],
    [['reproduce'], "required option '--scale <name>'"],
    [['reproduce', '--scale', 'huge'], 'Allowed choices are quick, medium, full'],
    [['pairs', 'x', '--horizons', '30,-1'], 'positive numbers'],
    [['pairs', 'x', '--annotator', 'oracle'], 'Allowed choices are template'],
  ])('%j ends with 2', async (args, message) => {
    const { code, stdout, stderr } = await qAnchor(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  test('doctor tells about the machine', async () => {
    const { code, stdout } = await qAnchor(['doctor', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      node: process.versions.node,
      devices: { cpu: 'available' },
    });
  });
});

describe('bad input ends with 2 and a message, without a stack', () => {
  test.each([
    [
      ['import', 'nowhere.yaml', '--out', 'out'],
      'nowhere.yaml: expected a readable file, found no file',
    ],
    [['pairs', 'nowhere'], 'nowhere: expected a dataset directory'],
    [['pretrain', '--data', 'nowhere', '--out', 'run'], 'nowhere: expected a dataset directory'],
    [['evaluate', 'nowhere', '--data', 'nowhere'], 'expected the configuration of a run'],
    [['embed', 'nowhere', '--data', 'd', '--out', 'o'], 'expected the configuration of a run'],
  ])('%j', async (args, message) => {
    const inRoot = args.map((arg) => (/^(nowhere|out|run)/u.test(arg) ? join(root, arg) : arg));
    const { code, stdout, stderr } = await qAnchor(inRoot);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
  });

  test('--verbose adds the stack', async () => {
    const { code, stderr } = await qAnchor(['pairs', join(root, 'nowhere'), '--verbose']);
    expect(code).toBe(2);
    expect(stderr).toContain('    at ');
  });
});

describe('pretrain refuses', () => {
  let dataset: string;
  beforeAll(async () => {
    dataset = join(root, 'dataset');
    await qAnchor(['simulate', '--users', '20', '--out', dataset, '--quiet']);
  });

  test('a dataset without pairs, and says how to get them', async () => {
    const { code, stderr } = await qAnchor([
      'pretrain',
      '--data',
      dataset,
      '--out',
      join(root, 'r'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`q-anchor pairs ${dataset}`);
  });

  test('sizes that do not fit, a taken place, and a resume of nothing', async () => {
    await qAnchor(['pairs', dataset, '--quiet']);
    const pretrain = (...args: string[]) =>
      qAnchor(['pretrain', '--data', dataset, ...tinyModel, ...args]);
    const out = join(root, 'run');
    const heads = await pretrain('--out', out, '--heads', '3');
    expect([heads.code, heads.stderr]).toEqual([
      2,
      expect.stringContaining('a divisor of the width'),
    ]);
    const long = await pretrain('--out', out, '--max-positions', '300');
    expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('--max-positions')]);
    const resumed = await pretrain('--out', out, '--resume');
    expect([resumed.code, resumed.stderr]).toEqual([
      2,
      expect.stringContaining('q-anchor pretrain'),
    ]);
    const taken = join(root, 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'letter.txt'), 'dear');
    const overwrite = await pretrain('--out', taken, '--overwrite');
    expect([overwrite.code, overwrite.stderr]).toEqual([2, expect.stringContaining('letter.txt')]);
  });
});

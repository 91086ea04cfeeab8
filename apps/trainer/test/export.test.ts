import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test, vi } from 'vitest';

import { loadModel } from '@q-anchor/dual-tower';

import { qAnchor, tinyModel } from './support/command.js';
import { trainedRun } from './support/trained-run.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

// Rounding shows less the wider a model is.
const wider = ['--width', '64', '--feed-forward', '128', '--event-width', '32'];
const model = [...tinyModel, ...wider, '--head-hidden', '128', '--head-output', '32'];

let root: string;
let dataset: string;
let run: string;

beforeAll(async () => {
  ({ root, dataset, run } = await trainedRun({
    users: 30,
    pairs: ['--future', '2', '--uqa', '1', '--horizons', '14'],
    pretrain: ['--steps', '1', ...model],
  }));
});

const exported = (...args: readonly string[]) =>
  qAnchor(['export', run, ...args, '--users', '10', '--quiet']);

describe('export', () => {
  test.each(['f32', 'f16', 'bf16', 'int8'] as const)('%s', async (weights) => {
    const out = join(root, weights);
    const { code, stdout, stderr } = await exported(
      '--out',
      out,
      '--weights',
      weights,
      '--data',
      dataset,
      '--json',
      // A model as small as this, hardly trained, may lie below the bar of integers.
      '--force',
    );
    expect([code, weights === 'int8' ? '' : stderr]).toEqual([0, '']);
    const result = JSON.parse(stdout) as Record<string, any>;
    const { digest, weights: found } = await loadModel(out);
    expect(found).toBe(weights);
    expect(result).toMatchObject({ weights, digest });
    const { size } = await stat(join(out, 'model.safetensors'));
    expect(result['bytes']).toBeGreaterThan(size);
    const smaller = result['bytes'] < result['bytesBefore'];
    const { count, mean, low, worst } = result['agreement'];
    // Ten users; no query, and the scenarios' questions.
    expect(count).toBeGreaterThan(10);
    expect(count % 10).toBe(0);
    expect(worst).toBeGreaterThan(weights === 'int8' ? 0.99 : 0.999);
    expect([low, mean].every((cosine) => cosine >= worst)).toBe(true);
    expect(smaller).toBe(weights !== 'f32');
    const isExact = worst > 1 - 1e-6;
    expect(isExact || weights !== 'f32').toBe(true);
    const parquet = join(root, `${weights}.parquet`);
    const asked = ['--data', dataset, '--query', 'anything', '--quiet'];
    const embedded = await qAnchor(['embed', out, '--out', parquet, ...asked]);
    expect([embedded.code, embedded.stderr]).toEqual([0, '']);
  });

  test('says what it did', async () => {
    const { code, stdout } = await exported(
      '--out',
      join(root, 'said'),
      '--weights',
      'bf16',
      '--data',
      dataset,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/bf16 weights in .*said: [\d.]+ MB, before [\d.]+ MB\n/u);
    expect(stdout).toMatch(/cosine to float32 over \d+ embeddings: mean 0\.9999\d+/u);
  });

  test('integers need a dataset to be compared on, or force', async () => {
    const out = join(root, 'unchecked');
    const refused = await exported('--out', out, '--weights', 'int8');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--force')]);
    expect(await readdir(root)).not.toContain('unchecked');
    const forced = await exported(
      '--out',
      out,
      '--weights',
      'int8',
      '--block-size',
      '32',
      '--force',
    );
    expect(forced.code).toBe(0);
    expect(forced.stdout).not.toContain('cosine');
    expect((await loadModel(out)).weights).toBe('int8');
  });

  test('what is there stays, unless it may be replaced', async () => {
    const out = join(root, 'twice');
    expect((await exported('--out', out)).code).toBe(0);
    expect((await exported('--out', out)).code).toBe(2);
    expect((await exported('--out', out, '--overwrite', '--merge')).code).toBe(0);
  });

  test('embeddings too far off are refused, and nothing is left', async () => {
    const args = ['--weights', 'int4', '--block-size', '128', '--data', dataset];
    const out = join(root, 'far');
    const refused = await exported('--out', out, ...args);
    const forced = await qAnchor([
      'export',
      run,
      '--out',
      out,
      ...args,
      '--users',
      '10',
      '--force',
    ]);
    expect(forced.code).toBe(0);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('at least 0.99 ')]);
    expect(forced.stderr).toContain('at least 0.99 ');
    expect((await readdir(root)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

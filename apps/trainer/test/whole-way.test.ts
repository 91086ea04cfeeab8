import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { qAnchor, tinyModel } from './support/command.js';
import { eventOf, recordsOf } from './support/tensorboard.js';
import { trainedRun } from './support/trained-run.js';

// Each test compiles models, and some start a process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
let dataset: string;
let run: string;

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

beforeAll(async () => {
  ({ root, dataset, run } = await trainedRun({
    users: 60,
    pairs: ['--future', '3', '--uqa', '2', '--horizons', '14,30'],
    pretrain: ['--steps', '4', '--rate', '0.03', '--checkpoint-steps', '2', ...tinyModel],
  }));
});

describe('pretrain', () => {
  test('leaves a run directory', async () => {
    const names = (await readdir(run)).map((name) => name.replace(/(tfevents)\..*$/u, '$1'));
    expect(names.toSorted()).toEqual([
      'checkpoints',
      'config.json',
      'events.out.tfevents',
      'metrics.jsonl',
      'model',
    ]);
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-000002', 'step-000004']);
    const config = JSON.parse(await readFile(join(run, 'config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      preset: 'nano',
      seed: 1,
      hyperparameters: { width: 16, steps: 4, rate: 0.03 },
      dataset: { name: 'simulated' },
    });
  });

  test('logs every step, and validation losses with the checkpoints', async () => {
    const text = await readFile(join(run, 'metrics.jsonl'), 'utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, any>);
    const steps = lines.filter((line) => !('validation' in line));
    expect(steps.map((line) => line['step'])).toEqual([1, 2, 3, 4]);
    for (const line of steps) {
      expect(line['loss']).toBeCloseTo(line['contrastive'] + line['nextToken'], 4);
      expect(line['tokensPerSecond']).toBeGreaterThan(0);
    }
    const validation = lines.filter((line) => 'validation' in line);
    expect(validation.map((line) => line['step'])).toEqual([2, 4]);
    expect(validation[0]!['validation'].loss).toBeGreaterThan(0);
    const name = (await readdir(run)).find((file) => file.startsWith('events'));
    const events = recordsOf(await readFile(join(run, name!))).map((record) => eventOf(record));
    const logged = events.filter(({ scalars }) => 'train/loss' in scalars);
    expect(logged.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(logged[2]!.scalars['train/loss']).toBeCloseTo(steps[2]!['loss'], 5);
  });

  test('does not touch a run that is there, and a finished one needs no resuming', async () => {
    const args = ['pretrain', '--data', dataset, '--out', run];
    const again = await qAnchor([...args, ...tinyModel]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--resume')]);
    const resumed = await qAnchor([...args, '--resume']);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('is complete')]);
    const changed = await qAnchor([...args, '--resume', '--rate', '0.5']);
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('rate')]);
  });

  test('--dry-run prints the plan and writes nothing', async () => {
    const out = join(root, 'planned');
    const stdout = await succeed(
      'pretrain',
      '--data',
      dataset,
      '--out',
      out,
      '--dry-run',
      ...tinyModel,
    );
    expect(stdout).toMatch(/^parameters +[\d,]+$/mu);
    expect(stdout).toMatch(/^memory +about [\d,]+ MB$/mu);
    expect(await readdir(root)).not.toContain('planned');
  });
});

describe('evaluate', () => {
  test('--json ends with the line of the rows', async () => {
    const stdout = await succeed('evaluate', run, '--data', dataset, '--json');
    const lines = stdout.trimEnd().split('\n');
    const { scenarios } = JSON.parse(lines.at(-1)!) as { scenarios: Record<string, any> };
    expect(Object.keys(scenarios).length).toBeGreaterThan(0);
    for (const { users, positives, rows } of Object.values(scenarios)) {
      expect(users).toBe(15);
      expect(positives).toBeGreaterThan(0);
      expect(Object.keys(rows)).toEqual(['query', 'noQuery', 'randomEncoder', 'handFeatures']);
      for (const row of Object.values<Record<string, any>>(rows)) {
        expect(Object.keys(row)).toEqual(['auc', 'ks', 'aucInterval']);
        expect(row['auc']).toBeGreaterThanOrEqual(0);
        expect(row['auc']).toBeLessThanOrEqual(1);
        expect(row['aucInterval'][0]).toBeLessThanOrEqual(row['aucInterval'][1]);
      }
    }
    // Trained and untrained parameters are not the same.
    const rowsOf = (name: string) => Object.values(scenarios).map(({ rows }) => rows[name].auc);
    expect(rowsOf('query')).not.toEqual(rowsOf('randomEncoder'));
  });

  test('a table for people, by slices if asked for', async () => {
    const stdout = await succeed('evaluate', run, '--data', dataset, '--slice', 'city_size');
    expect(stdout).toMatch(/^average +query/mu);
    expect(stdout).toMatch(/^scenario +city_size/mu);
    const { code, stderr } = await qAnchor(['evaluate', run, '--data', dataset, '--slice', 'shoe']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('city_size')]);
  });

  test('a model directory by itself has no untrained row; an unknown scenario is an error', async () => {
    const args = ['evaluate', join(run, 'model'), '--data', dataset];
    const stdout = await succeed(...args, '--scenario', 'active', '--json');
    const { scenarios } = JSON.parse(stdout) as { scenarios: Record<string, any> };
    expect(Object.keys(scenarios)).toEqual(['active']);
    expect(Object.keys(scenarios['active'].rows)).not.toContain('randomEncoder');
    const { code, stderr } = await qAnchor([...args, '--scenario', 'nonsense']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"nonsense"')]);
  });
});

describe('embed', () => {
  test('writes a vector of length 1 for each user and query', async () => {
    const file = join(root, 'users.parquet');
    await succeed(
      'embed',
      run,
      '--data',
      dataset,
      '--out',
      file,
      '--split',
      'test',
      '--query',
      '',
      '--query',
      'What does this user like?',
      '--scenario',
      'active',
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER, count(DISTINCT user_id)::INTEGER, count(scenario)::INTEGER,
         min(len(embedding))::INTEGER, max(abs(list_inner_product(embedding, embedding) - 1))
       FROM '${file}'`,
    );
    const [rows, users, scenarios, size, deviation] = reader.getRows()[0]!;
    expect([rows, users, scenarios, size]).toEqual([45, 15, 15, 8]);
    expect(deviation).toBeLessThan(1e-5);
    connection.closeSync();
  });

  test('--shard-users writes the same rows in a folder, and refuses to go on with others', async () => {
    const args = ['embed', run, '--data', dataset, '--query', '', '--scenario', 'active'];
    const [file, folder] = [join(root, 'whole.parquet'), join(root, 'shards')];
    await succeed(...args, '--out', file);
    const sharded = [...args, '--out', folder, '--shard-users', '25'];
    expect(await succeed(...sharded)).toContain('105 users x 2 queries');
    expect(await succeed(...sharded)).toContain('5 shards, of which 5 were there already');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER, max(list_distance(whole.embedding, shards.embedding))
       FROM '${file}' AS whole JOIN '${folder}/*.parquet' AS shards USING (user_id, reference_time, query)`,
    );
    const [rows, distance] = reader.getRows()[0]!;
    expect(rows).toBe(210);
    expect(distance).toBeLessThan(1e-5);
    connection.closeSync();
    const other = await qAnchor([...sharded, '--query', 'Who?']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('queries changed')]);
  });

  test('nothing to embed for is bad input, and leaves no file', async () => {
    const file = join(root, 'none.parquet');
    const { code, stderr } = await qAnchor(['embed', run, '--data', dataset, '--out', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--query or --scenario')]);
    expect(await readdir(root)).not.toContain('none.parquet');
  });
});

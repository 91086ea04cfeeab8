import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { qAnchor, tinyModel } from './support/command.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
let dataset: string;
let run: string;
const questions = ['Will this user come back?', 'What does this user like?'];

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

beforeAll(async () => {
  root = await temporaryFolder();
  dataset = join(root, 'dataset');
  run = join(root, 'run');
  await succeed('simulate', '--users', '60', '--seed', '3', '--out', dataset);
  await succeed('pairs', dataset, '--future', '1', '--uqa', '1', '--horizons', '30');
  const path = join(dataset, 'dataset.json');
  const info = JSON.parse(await readFile(path, 'utf8')) as {
    scenarios: { name: string; query: unknown }[];
  };
  info.scenarios.find(({ name }) => name === 'active')!.query = questions;
  await writeFile(path, JSON.stringify(info));
  await succeed('pretrain', '--data', dataset, '--out', run, '--steps', '1', ...tinyModel);
});

test('embed writes one row of their mean, under both', async () => {
  const file = join(root, 'users.parquet');
  const asked = questions.flatMap((question) => ['--query', question]);
  const from = ['--data', dataset, '--split', 'test', '--out', file];
  await succeed('embed', run, ...from, ...asked, '--scenario', 'active');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT query, scenario, embedding FROM '${file}' ORDER BY user_id LIMIT 3`,
  );
  const rows = reader.getRowsJS() as [string, string | null, number[]][];
  connection.closeSync();
  const [a, b] = questions.map((question) => rows.find(([query]) => query === question)![2]);
  const [query, , mean] = rows.find(([, scenario]) => scenario === 'active')!;
  expect(query).toBe(questions.join(' | '));
  const sum = a!.map((value, i) => value + b![i]!);
  const length = Math.hypot(...sum);
  for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(sum[i]! / length, 6);
  expect(mean).not.toEqual(a);
});

test('evaluate takes the scenario as any other', async () => {
  const args = ['--data', dataset, '--scenario', 'active', '--json'];
  const { scenarios } = JSON.parse(await succeed('evaluate', run, ...args)) as {
    scenarios: Record<string, { rows: object }>;
  };
  expect(Object.keys(scenarios['active']!.rows)).toContain('randomEncoder');
});

test('tune asks them all', async () => {
  await succeed('tune', run, '--data', dataset, '--scenario', 'active', '--steps', '2');
  const path = join(run, 'model', 'scenarios', 'active', 'scenario.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ queries: questions });
});

import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { openModel } from '@q-anchor/dual-tower';
import { loadScenario } from '@q-anchor/prompt-tuning';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { qAnchor, tinyModel } from './support/command.js';

// Each test compiles models.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let root: string;
let dataset: string;
let run: string;
let digest: string;
let tuned: Record<string, any>;

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await qAnchor([...args, '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

/** The last line of what a command printed. */
const last = (stdout: string): Record<string, any> =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, any>;

const artefactOf = async (directory: string, scenario = 'takeout') =>
  loadScenario(directory, { scenario, model: await openModel(directory) });

// Rounding shows less the wider a model is; questions are short enough in more words.
const wider = ['--width', '64', '--feed-forward', '128', '--head-hidden', '64'];
const model = [...tinyModel, ...wider, '--head-output', '32', '--vocabulary', '800'];

beforeAll(async () => {
  root = await temporaryFolder();
  dataset = join(root, 'dataset');
  run = join(root, 'run');
  await succeed('simulate', '--users', '140', '--seed', '3', '--out', dataset);
  await succeed('pairs', dataset, '--future', '1', '--uqa', '1', '--horizons', '30');
  const pretrain = ['pretrain', '--data', dataset, '--out', run, '--steps', '2'];
  await succeed(...pretrain, ...model);
  const asked = ['--scenario', 'takeout', '--steps', '8', '--costs', '1:9', '--top', '2.5,20'];
  tuned = last(await succeed('tune', run, '--data', dataset, ...asked, '--json'));
  ({ digest } = await artefactOf(join(run, 'model')));
});

describe('tune', () => {
  test('fits a probe, calibrations and thresholds, and tells how they do', async () => {
    const { scoring } = await artefactOf(join(run, 'model'));
    const { validation, bytes, scoringSeconds, seconds } = tuned['scenarios'].takeout;
    for (const by of ['prototypes', 'probe'] as const) {
      const { calibration, thresholds, validation: quality } = scoring![by];
      expect(Object.keys(thresholds)).toEqual(['ks', 'top2.5', 'top20', 'cost']);
      expect(thresholds['cost']!.costs).toEqual({ falsePositive: 1, falseNegative: 9 });
      expect(validation[by]).toMatchObject({ ...quality, calibration: calibration.method });
    }
    expect(scoringSeconds).toBeLessThan(seconds);
    // 6 prompts of 64, and of 32 numbers each 2 prototypes, coefficients, means and scales.
    expect(bytes).toBeGreaterThan(4 * (6 * 64 + 5 * 32));
    expect(bytes).toBeLessThan(10_000);
  });

  test.each([
    ['--costs', '1', /two numbers with a colon/],
    ['--costs', '1:x', /must be a number/],
    ['--top', '5,101', /at most 100/],
  ])('%s %s is bad usage', async (option, value, message) => {
    const asked = ['tune', run, '--data', dataset, '--scenario', 'takeout', option, value];
    const { code, stderr } = await qAnchor(asked);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('evaluate', () => {
  const rowsOf = async (...args: readonly string[]): Promise<Record<string, any>> => {
    const asked = ['evaluate', run, '--data', dataset, '--scenario', 'takeout', '--resamples', '9'];
    return last(await succeed(...asked, ...args, '--json'))['scenarios'].takeout.rows;
  };

  test('has rows for tuned prompts and prototypes, unless told not to', async () => {
    const untuned = ['query', 'noQuery', 'randomEncoder', 'handFeatures'];
    const rows = await rowsOf();
    expect(Object.keys(rows)).toEqual(['promptTuned', 'promptTunedPrototype', ...untuned]);
    for (const row of ['promptTuned', 'promptTunedPrototype']) {
      expect(rows[row].auc).not.toBe(rows['query'].auc);
      expect(rows[row].aucInterval).toHaveLength(2);
    }
    const without = await rowsOf('--untuned');
    expect(Object.keys(without)).toEqual(untuned);
    expect(without['query'].auc).toBeCloseTo(rows['query'].auc, 2);
  });

  test('has these rows in slices too', async () => {
    const asked = ['evaluate', run, '--data', dataset, '--scenario', 'takeout', '--resamples', '9'];
    const stdout = await succeed(...asked, '--slice', 'city_size', '--json');
    const [first] = stdout.trim().split('\n');
    const { slices } = JSON.parse(first!) as { slices: { rows: Record<string, object> }[] };
    expect(slices.length).toBeGreaterThan(1);
    for (const { rows } of slices) {
      expect(Object.keys(rows).slice(0, 3)).toEqual([
        'promptTuned',
        'promptTunedPrototype',
        'query',
      ]);
    }
    const table = await succeed(...asked, '--slice', 'city_size');
    expect(table).toMatch(/city_size +positives +promptTuned +promptTunedPrototype +query/u);
  });

  test('puts embeddings beside hand features where asked', async () => {
    const asked = ['promptTunedBesideHand', 'queryBesideHand', 'query', 'handFeatures'];
    const rows = await rowsOf('--rows', ...asked);
    expect(Object.keys(rows).toSorted()).toEqual(asked.toSorted());
    // Neither part alone scores as both do.
    for (const part of ['query', 'handFeatures']) {
      expect(rows['queryBesideHand'].auc).not.toBe(rows[part].auc);
    }
    expect(rows['promptTunedBesideHand'].auc).not.toBe(rows['queryBesideHand'].auc);
  });

  test('has only the rows asked for', async () => {
    expect(Object.keys(await rowsOf('--rows', 'query', 'promptTuned'))).toEqual([
      'promptTuned',
      'query',
    ]);
    const whole = await rowsOf();
    expect((await rowsOf('--rows', 'randomEncoder'))['randomEncoder']).toEqual(
      whole['randomEncoder'],
    );
    const asked = ['evaluate', run, '--data', dataset, '--rows'];
    const bare = await qAnchor([...asked, 'loraTuned', '--scenario', 'active', '--quiet']);
    expect([bare.code, bare.stderr]).toEqual([
      2,
      expect.stringContaining('--rows: expected a row that can be made for active'),
    ]);
    const unknown = await qAnchor([...asked, 'trees']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('some of')]);
  });

  test('a table; scenarios without an artefact have no such rows', async () => {
    const stdout = await succeed(
      'evaluate',
      join(run, 'model'),
      '--data',
      dataset,
      '--resamples',
      '9',
    );
    expect(stdout).toMatch(/^takeout .*promptTunedPrototype/mu);
    expect(stdout.match(/promptTuned /gu)).toHaveLength(1);
  });

  test('says so where it was tuned on another dataset', async () => {
    const other = join(root, 'other');
    await cp(dataset, other, { recursive: true });
    const path = join(other, 'dataset.json');
    const info = await readFile(path, 'utf8');
    await writeFile(path, info.replace(/("digest": *")..../u, '$1beef'));
    const asked = ['evaluate', join(run, 'model'), '--data', other, '--resamples', '9', '--quiet'];
    const { code, stderr } = await qAnchor([...asked, '--scenario', 'takeout']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('tuned on another dataset')]);
  });
});

describe('embed', () => {
  const rowsOf = async (name: string, ...args: readonly string[]) => {
    const file = join(root, name);
    const stdout = await succeed('embed', run, '--data', dataset, '--out', file, ...args);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(
      `SELECT scenario, query, artefact, embedding FROM '${file}' ORDER BY user_id LIMIT 3`,
    );
    const rows = reader.getRowsJS() as [string | null, string, string | null, number[]][];
    connection.closeSync();
    return { rows, stdout };
  };
  const scenarios = ['--scenario', 'active', '--scenario', 'takeout'];

  test('takes the artefact where there is one, and says which', async () => {
    const asked = ['--query', '', ...scenarios, '--split', 'test'];
    const { rows, stdout } = await rowsOf('tuned.parquet', ...asked);
    expect(rows.map(([scenario, , artefact]) => [scenario, artefact])).toEqual([
      [null, null],
      ['active', null],
      ['takeout', digest],
    ]);
    expect(stdout).toMatch(
      new RegExp(`takeout: by tuned prompts, artefact ${digest.slice(0, 12)}`),
    );
    expect(stdout).toMatch(/active: by its questions/);
    const { rows: plain } = await rowsOf('untuned.parquet', ...asked, '--untuned');
    expect(plain.map(([, , artefact]) => artefact)).toEqual([null, null, null]);
    const apart = rows.map(([, , , own], i) =>
      Math.max(...own.map((value, d) => Math.abs(value - plain[i]![3][d]!))),
    );
    expect(Math.max(apart[0]!, apart[1]!)).toBeLessThan(1e-5);
    expect(apart[2]).toBeGreaterThan(1e-3);
    const { queries } = await artefactOf(join(run, 'model'));
    expect(rows[2]![1]).toBe(queries.join(' | '));
  });

  test('one scenario alone', async () => {
    const { rows } = await rowsOf('alone.parquet', '--scenario', 'takeout', '--split', 'test');
    expect(rows.map(([, , artefact]) => artefact)).toEqual([digest, digest, digest]);
  });
});

describe('export', () => {
  const exported = (name: string, ...args: readonly string[]) =>
    qAnchor(['export', run, '--out', join(root, name), '--users', '20', '--quiet', ...args]);

  test('a model of the same digest keeps artefacts as they are', async () => {
    const { code, stderr } = await exported('same');
    expect([code, stderr]).toEqual([0, '']);
    const { carried, digest: own } = await artefactOf(join(root, 'same'));
    expect([carried, own]).toEqual([[], digest]);
  });

  test('another model gets them measured, with what they were tuned on', async () => {
    const { code, stdout, stderr } = await exported(
      'halved',
      '--weights',
      'bf16',
      '--data',
      dataset,
      '--json',
    );
    expect([code, stderr]).toEqual([0, '']);
    const before = await artefactOf(join(run, 'model'));
    const after = await artefactOf(join(root, 'halved'));
    expect(after.model).toEqual({ ...before.model, digest: last(stdout)['digest'] });
    expect(after.scoring).toEqual(before.scoring);
    expect(after.prompts).toEqual(before.prompts);
    const [{ from, weights, agreement }] = after.carried as [any];
    expect([from, weights]).toEqual([before.model, 'bf16']);
    expect(agreement).toEqual(last(stdout)['scenarios'].takeout);
    expect(agreement.embeddings).toMatchObject({ count: 20 });
    expect(agreement.embeddings.low).toBeGreaterThan(0.999);
    expect(agreement.embeddings.worst).toBeLessThan(1);
    for (const by of ['prototypes', 'probe']) {
      expect(agreement[by].worst).toBeGreaterThan(0);
      expect(agreement[by].high).toBeLessThan(0.02);
    }
    const asked = ['--data', dataset, '--scenario', 'takeout', '--json'];
    const { scenarios } = last(await succeed('evaluate', join(root, 'halved'), ...asked));
    expect(Object.keys(scenarios.takeout.rows)).toContain('promptTunedPrototype');
  });

  test('that was not measured keeps none, unless it is forced or told to', async () => {
    const refused = await exported('unmeasured', '--weights', 'bf16');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/scenario takeout.*--no-scenarios.*--force/su),
    ]);
    const bare = await exported('bare', '--weights', 'bf16', '--no-scenarios');
    expect([bare.code, bare.stderr]).toEqual([0, '']);
    await expect(artefactOf(join(root, 'bare'))).rejects.toThrow(/no tuned scenario/);
    const forced = await exported('forced', '--weights', 'bf16', '--force');
    expect([forced.code, forced.stderr]).toEqual([0, expect.stringContaining('--data')]);
    expect(forced.stdout).toContain('not compared');
    expect((await artefactOf(join(root, 'forced'))).carried).toMatchObject([{ agreement: null }]);
  });

  test('too far off is refused, and nothing is left', async () => {
    const coarse = ['--weights', 'int4', '--block-size', '128', '--data', dataset];
    const { code, stderr } = await exported('coarse', ...coarse);
    expect([code, stderr]).toEqual([2, expect.stringContaining('at least 0.99 ')]);
    await expect(readFile(join(root, 'coarse', 'q-anchor.json'))).rejects.toThrow('ENOENT');
  });

  test('of an artefact that is not the model’s is refused', async () => {
    const strange = join(root, 'strange');
    await cp(join(run, 'model'), strange, { recursive: true });
    await cp(join(root, 'halved', 'scenarios'), join(strange, 'scenarios'), { recursive: true });
    const asked = ['export', strange, '--out', join(root, 'never'), '--data', dataset, '--quiet'];
    const { code, stderr } = await qAnchor(asked);
    expect([code, stderr]).toEqual([2, expect.stringContaining('the model it was tuned on')]);
    await rm(strange, { recursive: true });
  });
});

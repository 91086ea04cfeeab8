import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import {
  openDataset,
  simulateDataset,
  type Action,
  type DatasetInfo,
  type LabelledReference,
  type SimulationProgress,
} from '@q-anchor/useru';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let root = '';
let info: DatasetInfo;
const progress: SimulationProgress[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'q-anchor-simulate-'));
  info = await simulateDataset({
    users: 400,
    seed: 5,
    outputDir: join(root, 'world'),
    onProgress: (step) => progress.push(step),
  });
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** Every labelled user of a scenario with their actions from day -90 to day 30. */
const labelledActions = async (
  scenario: string,
): Promise<Array<{ label: number; actions: readonly Action[] }>> => {
  await using dataset = await openDataset(join(root, 'world'));
  const labels: LabelledReference[] = await dataset.labels(scenario);
  const rows: Array<{ label: number; actions: readonly Action[] }> = [];
  for await (const batch of dataset.actions(labels, { fromDays: -90, toDays: 30 })) {
    for (const { actions } of batch) rows.push({ label: labels[rows.length]!.label, actions });
  }
  return rows;
};

/** The chance that a random positive scores above a random negative. */
const areaUnderCurve = (rows: ReadonlyArray<{ label: number; score: number }>): number => {
  let above = 0;
  let pairs = 0;
  for (const positive of rows.filter(({ label }) => label === 1)) {
    for (const negative of rows.filter(({ label }) => label === 0)) {
      pairs++;
      above += positive.score > negative.score ? 1 : positive.score === negative.score ? 0.5 : 0;
    }
  }
  return above / pairs;
};

const count = (
  actions: readonly Action[],
  options: { category?: RegExp; from: number; to: number },
): number =>
  actions.filter(
    ({ category, timeDays }) =>
      (options.category?.test(category) ?? true) &&
      timeDays >= options.from &&
      timeDays < options.to,
  ).length;

const activeDays = (actions: readonly Action[], from: number, to: number): number =>
  new Set(
    actions
      .filter(({ timeDays }) => timeDays >= from && timeDays < to)
      .map(({ timeDays }) => Math.floor(timeDays)),
  ).size;

/** What a label must mean, and a count before the reference that must tell something of it. */
const scenarios = {
  active: {
    label: (actions: readonly Action[]) => activeDays(actions, 0, 30) >= 26,
    score: (actions: readonly Action[]) => activeDays(actions, -30, 0),
  },
  takeout: {
    label: (actions: readonly Action[]) =>
      count(actions, { category: /^takeout$/, from: 0, to: 30 }) >= 4,
    score: (actions: readonly Action[]) =>
      count(actions, { category: /^takeout$/, from: -90, to: 0 }),
  },
  promo: {
    label: (actions: readonly Action[]) =>
      count(actions, { category: /^coupon used$/, from: 0, to: 30 }) >= 2,
    score: (actions: readonly Action[]) => count(actions, { category: /coupon/, from: -90, to: 0 }),
  },
  fraud: {
    label: (actions: readonly Action[]) =>
      count(actions, { category: /^chargeback$/, from: 0, to: 30 }) >= 1,
    score: (actions: readonly Action[]) =>
      count(actions, { category: /security|transfer/, from: -14, to: 0 }),
  },
} as const;

describe('simulateDataset', () => {
  it('makes a dataset of five modalities, a profile and three splits', () => {
    expect(info.modalities.map(({ name }) => name)).toEqual([
      'bill',
      'mini',
      'spm',
      'search',
      'app',
    ]);
    expect(info.counts.users).toBe(400);
    expect(info.counts.references).toEqual({ train: 480, validation: 120, test: 100 });
    expect(info.tabular.columns.length).toBeGreaterThanOrEqual(5);
    for (const { rows } of Object.values(info.counts.events)) expect(rows).toBeGreaterThan(1000);
    expect(progress.at(-1)).toMatchObject({ phase: 'import' });
    expect(progress.findLast(({ phase }) => phase === 'people')?.done).toBe(400);
  });

  it.each(Object.keys(scenarios) as Array<keyof typeof scenarios>)(
    'labels %s by what happens after the reference, foretold by what happens before',
    async (name) => {
      const rows = await labelledActions(name);
      const { label, score } = scenarios[name];
      expect(rows).toHaveLength(400);
      expect(rows.map((row) => row.label)).toEqual(
        rows.map(({ actions }) => Number(label(actions))),
      );
      const rate = rows.reduce((sum, row) => sum + row.label, 0) / rows.length;
      expect(rate).toBeGreaterThan(0.04);
      expect(rate).toBeLessThan(0.42);
      const auc = areaUnderCurve(
        rows.map((row) => ({ label: row.label, score: score(row.actions) })),
      );
      expect(auc).toBeGreaterThan(0.65);
      expect(auc).toBeLessThan(0.97);
    },
  );

  it('gives people weekly rhythms of their own', async () => {
    await using dataset = await openDataset(join(root, 'world'));
    const references = (await dataset.references()).filter(({ split }) => split === 'test');
    const shares: number[] = [];
    for await (const batch of dataset.profiles(references)) {
      for (const { events } of batch) {
        const times = Object.values(events)
          .flat()
          .map(({ timeDays }) => timeDays);
        if (times.length < 100) continue;
        const weekend = times.filter((time) =>
          [0, 6].includes(new Date(time * 86_400_000).getUTCDay()),
        );
        shares.push(weekend.length / times.length);
      }
    }
    expect(Math.min(...shares)).toBeLessThan(0.22);
    expect(Math.max(...shares)).toBeGreaterThan(0.38);
  });

  it('is set by its seed', async () => {
    const run = (name: string, seed: number) =>
      simulateDataset({ users: 40, seed, outputDir: join(root, name) });
    const one = await run('one', 8);
    expect((await run('two', 8)).digest).toBe(one.digest);
    expect((await run('three', 9)).digest).not.toBe(one.digest);
  });

  it('leaves out a scenario that lacks a label in some split', async () => {
    const few = await simulateDataset({ users: 20, seed: 1, outputDir: join(root, 'few') });
    expect(few.counts.users).toBe(20);
    expect(few.scenarios.map(({ name }) => name)).not.toContain('fraud');
  });

  it('refuses too few people and a folder that is taken', async () => {
    const outputDir = join(root, 'refused');
    await expect(simulateDataset({ users: 19, seed: 1, outputDir })).rejects.toThrow(InputError);
    await expect(simulateDataset({ users: 1.5, seed: 1, outputDir })).rejects.toThrow(InputError);
    await expect(
      simulateDataset({ users: 20, seed: 1, outputDir: join(root, 'world') }),
    ).rejects.toThrow(InputError);
    expect(await readdir(root)).not.toContain('refused');
  });

  it('leaves nothing behind when stopped', async () => {
    const abort = new AbortController();
    const simulation = simulateDataset({
      users: 300,
      seed: 1,
      outputDir: join(root, 'stopped'),
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('stopped by hand')),
    });
    await expect(simulation).rejects.toThrow('stopped by hand');
    const left = await readdir(root);
    expect(left.filter((name) => name === 'stopped' || name.startsWith('.'))).toEqual([]);
  });
});

import { createRandom, InputError } from '@q-anchor/core';
import {
  delongComparison,
  evaluateScores,
  ks,
  meanSeparations,
  rocAuc,
  type SeparatedTask,
} from '@q-anchor/metrics';
import { describe, expect, test } from 'vitest';

/** Users with a class and two noisy scores, the second noisier; ties where scores are rounded. */
function drawnTask(
  seed: number,
  { users = 400, rounded = false, prefix = 'u' } = {},
): SeparatedTask {
  const random = createRandom(seed);
  const labels = Array.from({ length: users }, () => Number(random.uniform() < 0.3));
  const noisy = (noise: number): number[] =>
    labels.map((label) => {
      const score = label + noise * random.normal();
      return rounded ? Math.round(score) : score;
    });
  return {
    users: labels.map((_, i) => `${prefix}${i}`),
    labels,
    rows: { good: noisy(1), poor: noisy(2.5) },
  };
}

const inTask = ({ labels, rows }: SeparatedTask, row: string) => ({ labels, scores: rows[row]! });
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('means over tasks', () => {
  test.each([false, true])('are the means of each task’s AUC and KS (rounded: %s)', (rounded) => {
    const tasks = [drawnTask(1, { rounded }), drawnTask(2, { users: 150, rounded })];
    const { rows } = meanSeparations({ tasks, seed: 1, resamples: 20 });
    for (const row of ['good', 'poor']) {
      expect(rows[row]!.auc.value).toBeCloseTo(
        mean(tasks.map((one) => rocAuc(inTask(one, row)))),
        12,
      );
      expect(rows[row]!.ks.value).toBeCloseTo(mean(tasks.map((one) => ks(inTask(one, row)))), 12);
    }
  });

  test('of one task have about DeLong’s and the bootstrap’s width', () => {
    const task = drawnTask(3, { users: 600 });
    const { rows, comparisons } = meanSeparations({ tasks: [task], seed: 2, resamples: 800 });
    const { aucInterval, ksInterval } = evaluateScores({ ...inTask(task, 'good'), seed: 1 });
    const width = ([low, high]: readonly [number, number]): number => high - low;
    expect(width(rows['good']!.auc.interval) / width(aucInterval)).toBeCloseTo(1, 0);
    expect(width(rows['good']!.ks.interval) / width(ksInterval)).toBeCloseTo(1, 0);
    const exact = delongComparison({ ...inTask(task, 'good'), otherScores: task.rows['poor']! });
    const [{ auc, ks: distance } = {} as never] = comparisons;
    expect(auc.difference).toBeCloseTo(exact.difference, 12);
    expect(Math.abs(auc.standardError / exact.standardError - 1)).toBeLessThan(0.12);
    expect(distance.difference).toBeGreaterThan(0);
    expect(distance.pValue).toBeLessThan(0.01);
  });

  test('of the same users twice are no surer than once; of others they are', () => {
    const once = drawnTask(4);
    const errorOf = (...tasks: readonly SeparatedTask[]): number =>
      meanSeparations({ tasks, seed: 1, resamples: 400 }).comparisons[0]!.auc.standardError;
    expect(errorOf(once, once)).toBeCloseTo(errorOf(once), 12);
    const others = { ...once, users: once.users.map((user) => `other ${user}`) };
    expect(errorOf(once, others) / errorOf(once)).toBeCloseTo(Math.SQRT1_2, 1);
  });
});

describe('rows', () => {
  test('that some task lacks are left out, others compared once, first first', () => {
    const [a, b] = [drawnTask(5), drawnTask(6)];
    const extra = { ...a, rows: { only: a.rows['good']!, ...a.rows } };
    const { rows, comparisons } = meanSeparations({ tasks: [extra, b], seed: 1, resamples: 5 });
    expect(Object.keys(rows)).toEqual(['good', 'poor']);
    expect(comparisons.map(({ row, other }) => [row, other])).toEqual([['good', 'poor']]);
  });

  test('that rank alike do not differ', () => {
    const task = drawnTask(7);
    const rows = { one: task.rows['good']!, other: [...(task.rows['good'] as number[])] };
    const [comparison] = meanSeparations({
      tasks: [{ ...task, rows }],
      seed: 1,
      resamples: 10,
    }).comparisons;
    expect(comparison!.auc).toEqual({
      difference: 0,
      standardError: 0,
      interval: [0, 0],
      pValue: 1,
    });
  });
});

describe('draws', () => {
  test('are of the seed', () => {
    const tasks = [drawnTask(8)];
    const of = (seed: number) => meanSeparations({ tasks, seed, resamples: 30 });
    expect(of(1)).toEqual(of(1));
    expect(of(1).rows['good']!.auc.interval).not.toEqual(of(2).rows['good']!.auc.interval);
  });

  test('without a class are drawn again', () => {
    const task = {
      users: ['a', 'b', 'c', 'd'],
      labels: [1, 0, 0, 0],
      rows: { one: [3, 2, 1, 0] },
    };
    const { rows } = meanSeparations({ tasks: [task], seed: 1, resamples: 50 });
    expect(rows['one']!.auc).toEqual({ value: 1, interval: [1, 1] });
  });
});

describe('mistakes', () => {
  const task = drawnTask(9, { users: 20 });
  test.each([
    ['no task', [], 'tasks'],
    ['a user twice', [{ ...task, users: task.users.map(() => 'u') }], 'none twice'],
    ['a user too few', [{ ...task, users: task.users.slice(1) }], 'one for each'],
    ['one class', [{ ...task, labels: task.users.map(() => 1) }], 'both classes'],
    ['a score too few', [{ ...task, rows: { one: [1, 2] } }], 'one number per user'],
  ])('%s', (_, tasks, message) => {
    const run = () => meanSeparations({ tasks, seed: 1, resamples: 5 });
    expect(run).toThrow(InputError);
    expect(run).toThrow(message);
  });

  test('too few resamples', () => {
    expect(() => meanSeparations({ tasks: [task], seed: 1, resamples: 1 })).toThrow('resamples');
  });
});

import { createRandom, InputError } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { normalQuantile, normalTwoSided } from '../distributions/standard-normal.js';
import { requireInteger, requireShare } from '../input/require-number.js';
import { weightedSeparation, type RankedUsers, rankUsers } from './weighted-separation.js';

/** One task: its users, their classes, and scores by the name of what made them. */
export interface SeparatedTask {
  /** Who each user is: the same key in two tasks is the same user. */
  readonly users: readonly string[];
  /** The class of each user: 1 positive, 0 negative. */
  readonly labels: ArrayLike<number>;
  /** Scores of each user by row. */
  readonly rows: Readonly<Record<string, ArrayLike<number>>>;
}

/** A mean over tasks, and how sure it is. */
export interface MeanMeasure {
  /** The mean. */
  readonly value: number;
  /** Its interval. */
  readonly interval: Interval;
}

/** How much higher one row's mean is than another's on the same users. */
export interface MeanDifference {
  /** The one mean less the other. */
  readonly difference: number;
  /** Standard deviation of the difference over the resamples. */
  readonly standardError: number;
  /** Interval of the difference. */
  readonly interval: Interval;
  /** Two-sided p value of no difference; 1 where nothing differs in any resample. */
  readonly pValue: number;
}

/** Means of AUC and KS over tasks. */
export interface MeanSeparations {
  /** By row; a row that some task lacks is left out. */
  readonly rows: Readonly<Record<string, { readonly auc: MeanMeasure; readonly ks: MeanMeasure }>>;
  /** Every two rows, each pair once, the first of `rows` first. */
  readonly comparisons: readonly {
    readonly row: string;
    readonly other: string;
    readonly auc: MeanDifference;
    readonly ks: MeanDifference;
  }[];
}

/** Draws in a row without a class in some task, after which there is no use in going on. */
const mostFailures = 1000;

/**
 * Means of AUC and KS over tasks with intervals, and paired comparisons of every two rows.
 *
 * Users are drawn with replacement, each with all its tasks: what a user adds to several tasks is not
 * independent, and a test that took tasks for independent would find too much. The standard error of a
 * mean or a difference is its standard deviation over the resamples; intervals and p values are normal
 * ones around the estimate (Efron and Tibshirani 1993, section 6.2). A resample without one of the classes
 * in a task is drawn again. Costs `O(resamples x tasks x rows x users)`.
 *
 * @param options - tasks; seed; resamples, 500 by default; level of the intervals, .95 by default
 * @throws {@link InputError} if there is no task, a task has not one label and score a user or lacks a class,
 *   users are twice in a task, an option is out of range, or a class is so rare that resamples lack it
 * @example
 * ```ts
 * const { rows, comparisons } = meanSeparations({ tasks: [takeout, brand], seed: 1 });
 * rows['tuned'].auc; // { value: 0.74, interval: [0.73, 0.75] }
 * ```
 */
export function meanSeparations(options: {
  readonly tasks: readonly SeparatedTask[];
  readonly seed: number;
  readonly resamples?: number;
  readonly level?: number;
}): MeanSeparations {
  const { tasks, seed, resamples = 500, level = 0.95 } = options;
  requireInteger('resamples', resamples, { least: 2 });
  requireShare('level', level);
  const names = commonRows(tasks);
  const { userCount, usersOf } = numberedUsers(tasks);
  const ranked = tasks.map(({ labels, rows }) =>
    names.map((row) => rankUsers({ labels, scores: rows[row]! })),
  );
  const means = (weights: Uint32Array): readonly Float64Array[] | undefined =>
    meanMeasures(ranked, { usersOf, weights, rows: names.length });
  const [aucs, distances] = means(new Uint32Array(userCount).fill(1))!;
  const drawn = resampledMeans(means, { userCount, seed, resamples });
  const reach = normalQuantile((1 + level) / 2);

  const differenceOf = (
    estimates: Float64Array,
    { values, row, other }: { values: readonly Float64Array[]; row: number; other: number },
  ): MeanDifference => {
    const difference = estimates[row]! - estimates[other]!;
    const standardError = deviationOf(values.map((one) => one[row]! - one[other]!));
    const z = difference === 0 ? 0 : difference / standardError;
    return {
      difference,
      standardError,
      interval: [difference - reach * standardError, difference + reach * standardError],
      pValue: normalTwoSided(z),
    };
  };
  const measureOf = (
    estimates: Float64Array,
    { values, row }: { values: readonly Float64Array[]; row: number },
  ): MeanMeasure => {
    const value = estimates[row]!;
    const error = reach * deviationOf(values.map((one) => one[row]!));
    return { value, interval: [value - error, value + error] };
  };
  return {
    rows: Object.fromEntries(
      names.map((name, row) => [
        name,
        {
          auc: measureOf(aucs!, { values: drawn.aucs, row }),
          ks: measureOf(distances!, { values: drawn.distances, row }),
        },
      ]),
    ),
    comparisons: names.flatMap((name, row) =>
      names.slice(row + 1).map((otherName, i) => {
        const other = row + 1 + i;
        return {
          row: name,
          other: otherName,
          auc: differenceOf(aucs!, { values: drawn.aucs, row, other }),
          ks: differenceOf(distances!, { values: drawn.distances, row, other }),
        };
      }),
    ),
  };
}

/** Rows that all tasks have, in the order of the first. */
function commonRows(tasks: readonly SeparatedTask[]): readonly string[] {
  const [first, ...others] = tasks;
  if (first === undefined) {
    throw new InputError({ where: 'tasks', expected: 'at least one', found: 'none' });
  }
  return Object.keys(first.rows).filter((row) => others.every(({ rows }) => row in rows));
}

/** Users of all tasks by number, and the numbers of each task's. */
function numberedUsers(tasks: readonly SeparatedTask[]): {
  readonly userCount: number;
  readonly usersOf: readonly Uint32Array[];
} {
  const numbers = new Map<string, number>();
  const usersOf = tasks.map(({ users, labels }, task) => {
    if (users.length !== labels.length || new Set(users).size !== users.length) {
      throw new InputError({
        where: `users of task ${task}`,
        expected: `one for each of ${labels.length} labels, none twice`,
        found: `${users.length}, ${new Set(users).size} of them different`,
      });
    }
    return Uint32Array.from(users, (user) => {
      const number = numbers.get(user) ?? numbers.size;
      numbers.set(user, number);
      return number;
    });
  });
  return { userCount: numbers.size, usersOf };
}

/** Mean AUCs and mean distances by row, users counted by weight; nothing where a task lacks a class. */
function meanMeasures(
  ranked: readonly (readonly RankedUsers[])[],
  options: {
    readonly usersOf: readonly Uint32Array[];
    readonly weights: Uint32Array;
    readonly rows: number;
  },
): readonly Float64Array[] | undefined {
  const aucs = new Float64Array(options.rows);
  const distances = new Float64Array(options.rows);
  for (const [task, rows] of ranked.entries()) {
    const own = options.usersOf[task]!;
    const weights = own.map((user) => options.weights[user]!);
    for (const [row, users] of rows.entries()) {
      const separation = weightedSeparation(users, weights);
      if (separation === undefined) return undefined;
      aucs[row]! += separation.auc / ranked.length;
      distances[row]! += separation.ks / ranked.length;
    }
  }
  return [aucs, distances];
}

function resampledMeans(
  means: (weights: Uint32Array) => readonly Float64Array[] | undefined,
  options: { readonly userCount: number; readonly seed: number; readonly resamples: number },
): { readonly aucs: readonly Float64Array[]; readonly distances: readonly Float64Array[] } {
  const { userCount, seed, resamples } = options;
  const random = createRandom(seed);
  const weights = new Uint32Array(userCount);
  const aucs: Float64Array[] = [];
  const distances: Float64Array[] = [];
  let failures = 0;
  while (aucs.length < resamples) {
    weights.fill(0);
    for (let draw = 0; draw < userCount; draw++) weights[random.integer(userCount)]!++;
    const found = means(weights);
    if (found) {
      aucs.push(found[0]!);
      distances.push(found[1]!);
      failures = 0;
    } else if (++failures === mostFailures) {
      throw new InputError({
        where: 'labels',
        expected: 'both classes in every task of a resample',
        found: `a class so rare that ${mostFailures} resamples in a row lack it`,
        fix: 'Take more users',
      });
    }
  }
  return { aucs, distances };
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

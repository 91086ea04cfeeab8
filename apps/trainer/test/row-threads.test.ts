import { createRandom, InputError } from '@q-anchor/core';
import { expect, test } from 'vitest';

import { evaluateScenarios } from '../src/evaluate/evaluate-scenarios.js';
import type { EvaluatedScenario } from '../src/evaluate/evaluation-set.js';
import { rowTask, type RowTask } from '../src/evaluate/rows/row-task.js';
import { solveRow } from '../src/evaluate/rows/solve-row.js';
import { createRowThreads } from '../src/evaluate/threads/row-threads.js';
import { solvedHere } from './support/solved-here.js';

const users = 2400;
const columns = 120;
const random = createRandom(3);
const numbers = Float32Array.from({ length: users * columns }, () => random.normal());
const at = (place: number) => numbers.subarray(place * columns, (place + 1) * columns);
const scenario: EvaluatedScenario = {
  name: 'bought',
  domain: 'test',
  queries: ['Did they buy?'],
  labels: Array.from({ length: users }, (_, place) => ({
    userId: `u${place}`,
    referenceDays: 0,
    place,
    split: (['train', 'train', 'validation', 'test'] as const)[place % 4]!,
    label: at(place)[0]! + random.normal() > 0 ? (1 as const) : (0 as const),
  })),
};

/** A task of all columns, those from `varied` on constant. */
const taskOf = (varied = columns, model: RowTask['model'] = 'probe'): RowTask =>
  rowTask(scenario, {
    features: { columns, at: (place) => at(place).map((value, c) => (c < varied ? value : 1)) },
    model,
    seed: 1,
    resamples: 5,
  });
const smallTask = (): RowTask =>
  rowTask(scenario, {
    features: { columns: 6, at: (place) => at(place).subarray(0, 6) },
    model: 'probe',
    seed: 1,
    resamples: 5,
  });
const never = new AbortController().signal;

test.each(['probe', 'trees'] as const)('a thread gives what this one gives: %s', async (model) => {
  await using threads = createRowThreads({ threads: 2, signal: never });
  const task = taskOf(4, model);
  const row = await threads.solve(task);
  // What it was given has moved to the thread.
  expect(task.test.features).toHaveLength(0);
  expect(row).toEqual(solveRow(taskOf(4, model)));
});

test('few numbers are no reason to start one', async () => {
  await using threads = createRowThreads({ threads: 2, signal: never });
  const task = smallTask();
  expect(await threads.solve(task)).toEqual(solveRow(smallTask()));
  expect(task.test.features).toHaveLength((users / 4) * 6);
});

test('an evaluation by threads is the same, in the same order', async () => {
  const options = {
    embedded: {
      // None asked, then the question.
      embeddings: [
        Float32Array.from({ length: 2 * users * columns }, (_, i) => numbers[i % numbers.length]!),
      ],
      tuned: new Float32Array(0),
      dimensions: columns,
      tabular: scenario.labels.map(({ place }) => ({ age: place % 50 })),
    },
    artefacts: new Map(),
    isWanted: () => true,
    seed: 1,
    resamples: 5,
  };
  const set = { references: scenario.labels, scenarios: [scenario], skipped: [] };
  const told: number[] = [];
  await using solver = createRowThreads({ threads: 2, signal: never });
  const [threaded] = await evaluateScenarios(set, {
    ...options,
    solver,
    onProgress: (done) => told.push(done),
  });
  const [here] = await evaluateScenarios(set, {
    ...options,
    solver: solvedHere,
    onProgress: () => {},
  });
  const { rows } = threaded!;
  expect(Object.keys(rows)).toEqual(Object.keys(here!.rows));
  for (const [name, { features: _, ...row }] of Object.entries(rows)) {
    expect(here!.rows[name as keyof typeof rows]).toMatchObject(row);
  }
  expect(told).toEqual(Object.keys(here!.rows).map((_, i) => i + 1));
});

test('a stop is heard in the middle of a fit', async () => {
  const stop = new AbortController();
  await using threads = createRowThreads({ threads: 1, signal: stop.signal });
  const solving = threads.solve(taskOf(columns, 'trees'));
  setTimeout(() => stop.abort(new Error('Stopped by the test')), 20);
  await expect(solving).rejects.toThrow('Stopped by the test');
  await expect(threads.solve(smallTask())).rejects.toThrow('Stopped by the test');
});

test('bad input is bad input from a thread too', async () => {
  await using threads = createRowThreads({ threads: 1, signal: never });
  const bad = (): RowTask => {
    const task = taskOf();
    (task.test.features as Float64Array)[5] = NaN;
    return task;
  };
  const error: unknown = await threads.solve(bad()).catch((thrown: unknown) => thrown);
  expect(InputError.isInstance(error)).toBe(true);
  expect(() => solveRow(bad())).toThrow((error as Error).message);
});

test('a stop is heard between small tasks', async () => {
  const stop = new AbortController();
  await using threads = createRowThreads({ threads: 1, signal: stop.signal });
  setImmediate(() => stop.abort(new Error('Stopped by the test')));
  await expect(threads.solve(smallTask())).rejects.toThrow('Stopped by the test');
});

import { beforeAll, describe, expect, test } from 'vitest';

import { buildReport } from '../../src/report/build-report.js';
import type { LineChart, MeasuredCell, Report } from '../../src/report/model.js';
import type { ReproductionSource } from '../../src/report/read/reproduction-source.js';
import type { RunSource } from '../../src/report/read/run-source.js';
import type { TuningRecord } from '../../src/tune/tuning-log.js';
import { evaluationOf, scenarioEvaluation } from './support/evaluated-run.js';

const made = { time: '2026-11-28T09:00:00.000Z', own: { version: '0.0.0' } };

/** A run of so many steps and pairs whose query moves positives up by `strength`. */
const runOf = async (
  strength: number,
  { steps = 100, trainPairs = 5000, names = ['fraud', 'brand'] } = {},
): Promise<RunSource> => ({
  name: 'run',
  source: 'runs/run',
  tunings: [],
  config: {
    preset: 'nano',
    seed: 7,
    hyperparameters: { steps },
    dataset: { name: 'made up', digest: 'fedcba9876543210' },
    tokenizer: 'aaaabbbbccccdddd',
    trainUsers: 1000,
    trainPairs,
    parameters: 123_456,
  } as unknown as NonNullable<RunSource['config']>,
  evaluation: await evaluationOf(
    names.map((name) =>
      scenarioEvaluation({ name, strengths: { promptTuned: strength + 0.5, query: strength } }),
    ),
    { projectedUsers: 0 },
  ),
});

const tuning = (scenario: string, promptTokens: number, steps: number, auc: number) =>
  ({
    formatVersion: 1,
    time: '2026-11-28T08:00:00.000Z',
    scenario,
    settings: { promptTokens, steps, stepsDone: Math.min(steps, 60), users: 300 },
    losses: [
      { step: 0, loss: 0.7 },
      { step: 60, loss: 0.6 },
    ],
    bestStep: 60,
    seconds: 20,
    prefixSeconds: 15,
    bytes: 5120,
    validationAuc: { prototypes: 0.5, probe: auc },
    validationKs: { prototypes: 0.1, probe: 2 * auc - 1 },
  }) satisfies TuningRecord;

let source: ReproductionSource;
let report: Report;
const panel = (id: string, of = report) => of.panels.find((one) => one.id === id)!;
const valueOf = (cell: unknown): number => (cell as MeasuredCell).value;

beforeAll(async () => {
  const whole = await runOf(1.5);
  source = {
    scale: 'quick',
    seed: 7,
    main: {
      ...(await runOf(2.5, { steps: 300 })),
      tunings: [
        tuning('fraud', 2, 100, 0.7),
        tuning('brand', 2, 100, 0.6),
        tuning('brand', 16, 100, 0.9),
        tuning('fraud', 6, 50, 0.72),
        tuning('brand', 6, 50, 0.64),
        tuning('fraud', 6, 100, 0.1),
        tuning('fraud', 6, 100, 0.8),
        tuning('brand', 6, 100, 0.7),
        // Newer, but not along the line of steps.
        tuning('brand', 16, 100, 0.9),
      ],
    },
    ablations: [
      { label: 'whole', row: 'query', run: whole },
      { label: 'no user token', row: 'query', run: await runOf(1.2) },
      { label: 'not made yet', row: 'query', run: undefined },
      {
        label: 'prompt-tuned without pre-training',
        row: 'promptTuned',
        run: await runOf(0.2, { steps: 0, names: ['fraud'] }),
      },
    ],
    scaling: [
      { label: '50 %', row: 'query', share: 0.5, run: await runOf(1, { trainPairs: 2500 }) },
      { label: 'all', row: 'query', share: 1, run: whole },
    ],
    seeds: [
      { label: 'seed 7', row: 'query', run: whole },
      { label: 'seed 8', row: 'query', run: await runOf(1.6) },
    ],
  };
  report = buildReport([source.main], { ...made, reproduction: source });
});

describe('parts taken away', () => {
  test('stand beside the whole, tuning without pre-training beside the main run on its scenarios', () => {
    const rows = panel('ablations').tables[0]!.rows;
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      ['whole', 'Query', 2, 100],
      ['no user token', 'Query', 2, 100],
      ['prompt-tuned without pre-training', 'Prompt-tuned', 1, 0],
    ]);
    expect(rows[0]![5]).toBeNull();
    expect(rows[1]![5]).toBeCloseTo(valueOf(rows[1]![4]) - valueOf(rows[0]![4]), 12);
    const tuned = source.main.evaluation!.scenarios['fraud']!.rows['promptTuned']!;
    expect(rows[2]![5]).toBeCloseTo(valueOf(rows[2]![4]) - tuned.auc, 12);
    expect(rows[2]![7]).toBeCloseTo(valueOf(rows[2]![6]) - tuned.ks, 12);
  });

  test('are left out, with a command, where nothing was made', () => {
    const bare = { ...source, ablations: source.ablations.slice(0, 1), scaling: [], seeds: [] };
    const { panels, missing } = buildReport([source.main], { ...made, reproduction: bare });
    expect(panels.map(({ id }) => id)).not.toContain('ablations');
    const titles = missing.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Parts taken away', 'Data scaling', 'Seeds']));
    expect(missing.find(({ title }) => title === 'Data scaling')!.reason).toBe(
      'this scale has none',
    );
  });
});

test('the scaling curve has mean AUC and KS by share', () => {
  const { charts, tables } = panel('data-scaling');
  expect(tables[0]!.rows.map((row) => row.slice(0, 3))).toEqual([
    [50, 2500, 100],
    [100, 5000, 100],
  ]);
  const [auc, ks] = charts.map((chart) => chart.series[0] as LineChart['series'][number]);
  expect(auc!.points.map(([x]) => x)).toEqual([50, 100]);
  expect(auc!.points[1]![1]).toBe(valueOf(tables[0]!.rows[1]![3]));
  expect(ks!.points[1]![1]).toBe(valueOf(tables[0]!.rows[1]![4]));
});

test('seeds have their mean and standard deviation', () => {
  const [, query] = panel('seeds').tables[0]!.rows;
  const [name, a, b, mean, deviation] = query as [string, number, number, number, number];
  expect(name).toBe('Query');
  expect(mean).toBeCloseTo((a + b) / 2, 12);
  expect(deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
});

test('curves over tokens and steps are means at values that all scenarios have, of the newest tuning', () => {
  const { tables, charts } = panel('tuning');
  const [tokens, steps] = tables.slice(1).map(({ rows }) => rows);
  const near = (rows: typeof tokens) =>
    rows!.map((row) => row.map((value) => Number((value as number).toFixed(6))));
  expect(near(tokens)).toEqual([
    [2, 0.65, 0.3],
    [6, 0.75, 0.5],
  ]);
  expect(near(steps)).toEqual([
    [50, 0.68, 0.36],
    [100, 0.75, 0.5],
  ]);
  expect(charts.map(({ id }) => id)).toEqual([
    'tuning-steps',
    'tuning-promptTokens',
    'tuning-promptTokens-mean-auc',
    'tuning-promptTokens-mean-ks',
    'tuning-stepsDone',
    'tuning-stepsDone-mean-auc',
    'tuning-stepsDone-mean-ks',
  ]);
});

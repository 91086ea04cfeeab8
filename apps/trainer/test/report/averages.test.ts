import { beforeAll, describe, expect, test } from 'vitest';

import type { MeasuredCell, Panel } from '../../src/report/model.js';
import { averagesPanel } from '../../src/report/panels/averages.js';
import { domainsPanel } from '../../src/report/panels/domains.js';
import { slicesPanel } from '../../src/report/panels/slices.js';
import type { RunSource } from '../../src/report/read/run-source.js';
import { evaluationOf, scenarioEvaluation } from './support/evaluated-run.js';

const strengths = {
  promptTuned: 3,
  query: 2,
  noQuery: 2,
  contrastiveStatic: 1.2,
  randomEncoder: 0.4,
  gradientBoostedTrees: 2.6,
};

const runWith = async (
  rows: Readonly<Record<string, number>>,
  scenarios: readonly string[],
): Promise<RunSource> => ({
  name: 'run',
  source: 'runs/run',
  tunings: [],
  evaluation: await evaluationOf(
    scenarios.map((name) => scenarioEvaluation({ name, strengths: rows })),
    { projectedUsers: 0 },
  ),
});
const runOf = (...scenarios: readonly string[]): Promise<RunSource> =>
  runWith(strengths, scenarios);

let panel: Panel;
beforeAll(async () => {
  panel = averagesPanel(await runOf('fraud', 'brand', 'value')) as Panel;
});

const column = <T>(table: number, index: number): T[] =>
  panel.tables[table]!.rows.map((row) => row[index] as T);

describe('means over scenarios', () => {
  test('of every row with intervals, best known first, and as bars', () => {
    expect(column(0, 0)).toEqual([
      'Prompt-tuned',
      'Query',
      'No query',
      'Random encoder',
      'Boosted trees',
      'Static contrastive',
    ]);
    for (const { value, interval } of column<MeasuredCell>(0, 1)) {
      expect(interval![0]).toBeLessThan(value);
      expect(interval![1]).toBeGreaterThan(value);
    }
    const [chart] = panel.charts;
    expect(chart).toMatchObject({ kind: 'bars' });
    expect(chart!.series.map(({ name }) => name)).toEqual(['AUC', 'KS']);
  });

  test('are marked where they differ from what stands against them, trees being the best baseline', () => {
    const [tuned, query, none] = column<MeasuredCell>(0, 1);
    expect(tuned!.marks).toEqual(['§§', '††', expect.stringMatching(/^\*+$/u)]);
    // The query is below the trees, and as good as no query.
    expect(query!.marks).toEqual([expect.stringMatching(/^↓+$/u)]);
    expect(none!.marks).toBeUndefined();
    expect(panel.tables[0]!.notes!.join(' ')).toContain('the best baseline with p');
  });

  test('are compared rung by rung from tuned to random, each pair once', () => {
    const pairs = column<string>(1, 0).map((row, i) => `${row} > ${column<string>(1, 1)[i]}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    for (const rung of [
      'Prompt-tuned > Query',
      'Query > Static contrastive',
      'Static contrastive > Random encoder',
    ]) {
      const at = pairs.indexOf(rung);
      expect([rung, column<MeasuredCell>(1, 2)[at]!.value > 0]).toEqual([rung, true]);
      expect([rung, column<number>(1, 3)[at]! < 0.01]).toEqual([rung, true]);
      expect(column<string>(1, 6)[at]).toBe('higher, p < .01');
    }
    const down = pairs.indexOf('Query > Boosted trees');
    const { value, interval } = column<MeasuredCell>(1, 2)[down]!;
    expect(value).toBeLessThan(0);
    expect(interval![0]).toBeLessThan(value);
    expect(interval![1]).toBeGreaterThan(value);
  });

  /** Compared pairs of three scenarios that have further rows. */
  const rungsWith = async (further: Readonly<Record<string, number>>) => {
    const run = await runWith({ ...strengths, ...further }, ['fraud', 'brand', 'value']);
    const { tables } = averagesPanel(run) as Panel;
    return tables[1]!.rows.map(([row, other]) => [row, other]);
  };

  test('side by side have rungs of their own, down to the static encoder and to what width is worth', async () => {
    const wide = { promptTunedSideBySide: 3.5, querySideBySide: 2.8, randomEncoderSideBySide: 0.8 };
    const pairs = await rungsWith(wide);
    expect(pairs.slice(-4)).toEqual([
      ['Prompt-tuned, all scenarios side by side', 'Query, all scenarios side by side'],
      ['Query, all scenarios side by side', 'Static contrastive'],
      ['Query, all scenarios side by side', 'Query'],
      ['Query, all scenarios side by side', 'Random encoder, side by side'],
    ]);
    expect(new Set(pairs.map((pair) => JSON.stringify(pair))).size).toBe(pairs.length);
  });

  test('beside the profile’s columns have rungs of their own; a query that reads it is compared with the static encoder beside them', async () => {
    const beside = {
      promptTunedBesideHand: 3.5,
      queryBesideHand: 2.8,
      contrastiveStaticBesideHand: 1.9,
      randomEncoderBesideHand: 0.8,
    };
    const pairs = await rungsWith(beside);
    expect(pairs.slice(-4)).toEqual([
      ['Prompt-tuned beside hand features', 'Query beside hand features'],
      ['Query beside hand features', 'Static contrastive beside hand features'],
      ['Static contrastive beside hand features', 'Random encoder beside hand features'],
      ['Query', 'Static contrastive beside hand features'],
    ]);
  });

  test('are missing for one scenario, with the command that would make them', async () => {
    expect(averagesPanel(await runOf('fraud'))).toMatchObject({
      title: 'Means over scenarios',
      command: 'q-anchor evaluate runs/run --data DATASET',
    });
  });
});

describe('tables with many rows stay as narrow as paper', () => {
  test('domains are columns, slices come in parts of six rows', async () => {
    const names = 'promptTuned query noQuery randomEncoder handFeatures meanEvents nextEvent'.split(
      ' ',
    );
    const many = Object.fromEntries(names.map((name, i) => [name, 2 - 0.2 * i]));
    const evaluation = await evaluationOf(
      ['fraud', 'brand'].map((name) => scenarioEvaluation({ name, strengths: many })),
      { projectedUsers: 0 },
    );
    const run: RunSource = { name: 'run', source: 'runs/run', tunings: [], evaluation };
    const domains = (domainsPanel(run) as Panel).tables[0]!;
    expect(domains.columns.map(({ title }) => title)).toEqual(['Row', 'risk, 2 scenarios']);
    expect(domains.rows).toHaveLength(names.length);
    const slices = (slicesPanel(run) as Panel).tables;
    expect(slices.map(({ columns }) => columns.length)).toEqual([4 + 6, 4 + 1]);
    expect(slices.map(({ rows }) => rows.length)).toEqual([1, 1]);
  });
});

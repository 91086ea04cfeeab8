import { delongComparison } from '@q-anchor/metrics';
import { expect, test } from 'vitest';

import { buildReport } from '../../src/report/build-report.js';
import type { Cell, MeasuredCell } from '../../src/report/model.js';
import { bestBaseline, comparedRows, markOf, verdictOf } from '../../src/report/significance.js';
import { evaluationOf, scenarioEvaluation } from './support/evaluated-run.js';

const comparison = (difference: number, adjusted: number) => ({ difference, adjusted });

test('marks: the side by its sign, the level by how many', () => {
  expect(markOf(comparison(0.1, 0.009), 'bestBaseline')).toBe('**');
  expect(markOf(comparison(0.1, 0.01), 'bestBaseline')).toBe('*');
  expect(markOf(comparison(0.1, 0.05), 'bestBaseline')).toBeUndefined();
  expect(markOf(comparison(-0.1, 0.04), 'bestBaseline')).toBe('↓');
  expect(markOf(comparison(0.1, 0.001), 'noQuery')).toBe('††');
  expect(markOf(comparison(-0.1, 0.001), 'query')).toBe('¶¶');
  expect(verdictOf(comparison(-0.1, 0.02))).toBe('lower, p < .05');
  expect(verdictOf(comparison(0.1, 0.002))).toBe('higher, p < .01');
  expect(verdictOf(comparison(0.1, 0.2))).toBe('no difference shown');
});

const strong = { query: 2, noQuery: 1, handFeatures: 0.5, trees: 0.9 };
const even = { query: 1, noQuery: 1, handFeatures: 1, trees: 0.2 };
const weak = { query: 0.2, noQuery: 1, handFeatures: 2, trees: 0.5 };

test('a row beside the best baseline of each scenario: DeLong’s numbers, p by Holm over scenarios', async () => {
  const evaluations = [
    scenarioEvaluation({ name: 'strong', strengths: strong }),
    scenarioEvaluation({ name: 'even', strengths: even }),
    scenarioEvaluation({ name: 'weak', strengths: weak }),
  ];
  const file = await evaluationOf(evaluations);
  expect(Object.values(file.scenarios).map(bestBaseline)).toEqual([
    'trees',
    'handFeatures',
    'handFeatures',
  ]);
  const compared = comparedRows(file, { row: 'query', opponent: 'bestBaseline' });
  const { scenario, rows } = evaluations[0]!;
  const scores = rows as Readonly<Record<string, { readonly scores: Float64Array }>>;
  const { difference, pValue } = delongComparison({
    labels: scenario.labels.flatMap(({ split, label }) => (split === 'test' ? label : [])),
    scores: scores['query']!.scores,
    otherScores: scores['trees']!.scores,
  });
  expect(compared[0]).toMatchObject({ scenario: 'strong', other: 'trees', difference, pValue });
  expect(compared.map((one) => markOf(one, 'bestBaseline'))).toEqual(['**', undefined, '↓↓']);
});

test('what is sure of one scenario alone may not be of three', async () => {
  const { scenarios } = await evaluationOf([
    scenarioEvaluation({ name: 'one', strengths: strong }),
  ]);
  const withP = (pValue: number) => ({
    ...scenarios['one']!,
    comparisons: scenarios['one']!.comparisons.map((pair) => ({ ...pair, pValue })),
  });
  const marksOf = (...pValues: readonly number[]) =>
    comparedRows(
      { scenarios: Object.fromEntries(pValues.map((pValue, i) => [`s${i}`, withP(pValue)])) },
      { row: 'query', opponent: 'noQuery' },
    ).map((one) => markOf(one, 'noQuery'));
  expect(marksOf(0.04)).toEqual(['†']);
  expect(marksOf(0.04, 0.03, 0.02)).toEqual([undefined, undefined, undefined]);
  expect(marksOf(0.04, 0.003, 0.02)).toEqual(['†', '††', '†']);
});

test('a pair that is kept the other way round is turned', async () => {
  const { scenarios } = await evaluationOf([scenarioEvaluation({ name: 'weak', strengths: weak })]);
  const [kept] = comparedRows({ scenarios }, { row: 'query', opponent: 'noQuery' });
  const turned = {
    ...scenarios['weak']!,
    comparisons: scenarios['weak']!.comparisons.map(
      ({ row, other, difference, interval, pValue }) => ({
        row: other,
        other: row,
        difference: -difference,
        interval: [-interval[1], -interval[0]] as [number, number],
        pValue,
      }),
    ),
  };
  const [found] = comparedRows(
    { scenarios: { weak: turned } },
    { row: 'query', opponent: 'noQuery' },
  );
  expect(found).toEqual(kept);
});

test('the table has the marks beside the AUC they are about, and says what they mean', async () => {
  const evaluation = await evaluationOf([
    scenarioEvaluation({ name: 'strong', strengths: strong }),
    scenarioEvaluation({ name: 'weak', strengths: weak }),
  ]);
  const report = buildReport([{ name: 'run', source: 'run', tunings: [], evaluation }], {
    time: 'now',
    own: { version: '0.0.0' },
  });
  const { tables } = report.panels.find(({ id }) => id === 'scores')!;
  const [auc, , differences] = tables;
  const column = auc!.columns.findIndex(({ title }) => title === 'Query');
  const cells = auc!.rows.map((row): Cell | undefined => row[column]);
  expect((cells[0] as MeasuredCell).marks).toEqual(['**', '††']);
  expect((cells[1] as MeasuredCell).marks).toEqual(['↓↓', '‡‡']);
  expect((cells[0] as MeasuredCell).value).toBe(evaluation.scenarios['strong']!.rows['query']!.auc);
  const mean =
    Object.values(evaluation.scenarios).reduce((sum, one) => sum + one.rows['query']!.auc, 0) / 2;
  expect(cells[2]).toBeCloseTo(mean, 12);
  expect(auc!.notes!.join(' ')).toMatch(/\*\* with p < \.01.*Holm/u);
  // An unknown row keeps its name.
  expect(auc!.columns.map(({ title }) => title)).toContain('trees');
  expect(differences!.rows.map((row) => row.at(-1))).toContain('lower, p < .01');
});

test('more rows than a page is wide are split: the model’s own, then baselines', async () => {
  const baselines = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`baseline ${i}`, 0.1 * i]),
  );
  const evaluation = await evaluationOf([
    scenarioEvaluation({ name: 'strong', strengths: { query: 2, noQuery: 1, ...baselines } }),
  ]);
  const report = buildReport([{ name: 'run', source: 'run', tunings: [], evaluation }], {
    time: 'now',
    own: { version: '0.0.0' },
  });
  const { tables } = report.panels.find(({ id }) => id === 'scores')!;
  expect(tables.map(({ columns }) => columns.length - 1)).toEqual([2, 6, 3, 2, 6, 3, 6]);
  expect(tables[0]!.notes).toBeDefined();
  expect(tables[1]!.notes).toBeUndefined();
  const roc = report.panels.find(({ id }) => id === 'roc')!.charts[0]!;
  // The model's own rows and the best of the others.
  expect(roc.series.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Query', 'No query', 'baseline 8', 'baseline 7']),
  );
  expect(roc.series).toHaveLength(6);
});

import { tableText } from '../display/table.js';
import { averageRows } from './average-rows.js';
import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import { rowNames } from './rows/row-names.js';
import type { SliceEvaluation } from './slices.js';

const three = (value: number): string => value.toFixed(3);
const interval = ([low, high]: readonly [number, number]): string =>
  `${three(low)} to ${three(high)}`;

/** The one line of `evaluate --json`. */
export function evaluationJson(evaluations: readonly ScenarioEvaluation[]): string {
  const scenarios = Object.fromEntries(
    evaluations.map(({ scenario, rows }) => {
      // Of the same users in every row.
      const { users, positives } = Object.values(rows)[0]!;
      const shown = Object.entries(rows).map(([name, { auc, ks, aucInterval }]) => [
        name,
        { auc, ks, aucInterval },
      ]);
      return [scenario.name, { users, positives, rows: Object.fromEntries(shown) }];
    }),
  );
  return JSON.stringify({ scenarios });
}

/** An evaluation as a table. */
export function evaluationText(evaluations: readonly ScenarioEvaluation[]): string {
  const lines = evaluations.flatMap(({ scenario, rows }) =>
    rowNames.flatMap((name) => {
      const row = rows[name];
      if (!row) return [];
      const { users, positives, auc, ks, aucInterval, ksInterval, strength } = row;
      return [
        [
          scenario.name,
          `${positives} of ${users}`,
          name,
          three(auc),
          interval(aucInterval),
          three(ks),
          interval(ksInterval),
          strength === undefined ? '' : `${strength}`,
        ],
      ];
    }),
  );
  const averages = Object.entries(averageRows(evaluations)).map(([name, { auc, ks }]) => [
    'average',
    '',
    name,
    three(auc),
    '',
    three(ks),
    '',
    '',
  ]);
  return tableText(
    [
      { title: 'scenario' },
      { title: 'positives', align: 'right' },
      { title: 'row' },
      { title: 'AUC', align: 'right' },
      { title: '95 %' },
      { title: 'KS', align: 'right' },
      { title: '95 %' },
      { title: 'C', align: 'right' },
    ],
    [...lines, ...(evaluations.length > 1 ? averages : [])],
  );
}

/** Slices as a table: AUC and KS by row. */
export function slicesText(slices: readonly SliceEvaluation[], column: string): string {
  const names = rowNames.filter((name) => slices.some(({ rows }) => rows[name]));
  return tableText(
    [
      { title: 'scenario' },
      { title: column },
      { title: 'positives', align: 'right' },
      ...names.map((title) => ({ title, align: 'right' }) as const),
    ],
    slices.map(({ scenario, level, users, positives, rows }) => [
      scenario,
      level,
      `${positives} of ${users}`,
      ...names.map((name) => {
        const row = rows[name];
        return row ? `${three(row.auc)} / ${three(row.ks)}` : '';
      }),
    ]),
  );
}

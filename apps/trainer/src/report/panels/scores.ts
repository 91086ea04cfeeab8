import type { EvaluationFile } from '../../evaluate/evaluation-file.js';
import { averageOf, evaluatedRows } from '../averages.js';
import type { Cell, PanelResult, ReportTable } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { rowLabel, rowRole } from '../row-labels.js';
import { comparedRows, markNotes, markOf, verdictOf, type Opponent } from '../significance.js';
import { missingEvaluation } from './missing.js';

/** AUC and KS of every row on every scenario, and paired tests of the model's own rows. */
export function scoresPanel(run: RunSource): PanelResult {
  const { evaluation } = run;
  if (!evaluation) return missingEvaluation('AUC and KS', run);
  const matches = matchesOf(evaluation);
  return {
    id: 'scores',
    title: 'AUC and KS',
    text: [
      'A logistic probe on frozen features, fitted on known users and scored on the test users, unless a row ' +
        'says otherwise. 95 % intervals are bootstrap percentiles over the test users.',
    ],
    tables: [
      ...measureTables(evaluation, { measure: 'auc', matches }),
      ...measureTables(evaluation, { measure: 'ks', matches: [] }),
      ...(matches.length > 0 ? [comparisonTable(matches)] : []),
    ],
    charts: [],
  };
}

interface Match {
  readonly row: string;
  readonly opponent: Opponent;
  readonly comparisons: ReturnType<typeof comparedRows>;
}

/** Every own row against the best baseline, no query, and, where it was tuned, the query. */
function matchesOf(evaluation: EvaluationFile): readonly Match[] {
  const opponents: readonly Opponent[] = ['bestBaseline', 'noQuery', 'query'];
  return evaluatedRows(evaluation)
    .filter((row) => isOwn(row) && row !== 'noQuery')
    .flatMap((row) =>
      opponents
        .filter((opponent) => opponent !== row)
        .map((opponent) => ({
          row,
          opponent,
          comparisons: comparedRows(evaluation, { row, opponent }),
        })),
    )
    .filter(({ comparisons }) => comparisons.length > 0);
}

interface Measured {
  readonly measure: 'auc' | 'ks';
  readonly matches: readonly Match[];
}

/** Rows side by side at most: paper has no room for more. */
const mostColumns = 6;

const isOwn = (row: string): boolean => rowRole(row) === 'own';

/** One table, or the model's own rows in one and the others in as many as they take. */
function measureTables(evaluation: EvaluationFile, measured: Measured): readonly ReportTable[] {
  const names = evaluatedRows(evaluation);
  if (names.length <= mostColumns) return [measureTable(evaluation, { ...measured, names })];
  return [names.filter(isOwn), names.filter((row) => !isOwn(row))].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / mostColumns) }, (_, part) =>
      measureTable(evaluation, {
        ...measured,
        names: group.slice(part * mostColumns, (part + 1) * mostColumns),
      }),
    ),
  );
}

function measureTable(
  evaluation: EvaluationFile,
  { measure, matches, names }: Measured & { readonly names: readonly string[] },
): ReportTable {
  const name = measure.toUpperCase();
  const rows = Object.entries(evaluation.scenarios).map(([scenario, { rows: own }]): Cell[] => [
    scenario,
    ...names.map((row): Cell => {
      const values = own[row];
      if (!values) return null;
      const marks = matches
        .filter((match) => match.row === row)
        .flatMap(({ comparisons, opponent }) => {
          const met = comparisons.find((one) => one.scenario === scenario);
          return (met && markOf(met, opponent)) ?? [];
        });
      const interval = measure === 'auc' ? values.aucInterval : values.ksInterval;
      return { value: values[measure], interval, ...(marks.length > 0 && { marks }) };
    }),
  ]);
  const average: Cell[] = [
    'Average',
    ...names.map((row) => averageOf(evaluation, { row, measure }) ?? null),
  ];
  const own = matches.filter(({ row }) => names.includes(row));
  const met = new Set(own.map(({ opponent }) => opponent));
  return {
    caption: `${name} on the test users, with 95 % intervals${partText(names)}`,
    columns: [{ title: 'Scenario' }, ...names.map((row) => ({ title: rowLabel(row) }))],
    rows: rows.length > 1 ? [...rows, average] : rows,
    ...(met.size > 0 && { notes: markNotes([...met]) }),
  };
}

/** Which rows a table has, where it does not have all. */
const partText = (names: readonly string[]): string => {
  const roles = new Set(names.map(rowRole));
  if (roles.size > 1) return '';
  return roles.has('own') ? ': rows of the model' : ': baselines';
};

const comparisonTable = (matches: readonly Match[]): ReportTable => ({
  caption: 'Differences in AUC, paired',
  columns: [
    { title: 'Scenario' },
    { title: 'Row' },
    { title: 'Beside' },
    { title: 'Difference and 95 %' },
    { title: 'p', digits: 4 },
    { title: 'p, Holm', digits: 4 },
    { title: 'In words' },
  ],
  rows: matches.flatMap(({ opponent, comparisons }) =>
    comparisons.map((one): Cell[] => [
      one.scenario,
      rowLabel(one.row),
      `${rowLabel(one.other)}${opponent === 'bestBaseline' ? ' (best baseline)' : ''}`,
      { value: one.difference, interval: one.interval },
      one.pValue,
      one.adjusted,
      verdictOf(one),
    ]),
  ),
});

import type { EvaluationFile } from '../../evaluate/evaluation-file.js';
import { averageOf } from '../averages.js';
import { differingSettings, type SettingRow } from '../differing-settings.js';
import type { BarChart, Cell, LineChart, PanelResult, ReportTable } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { orderedRows, rowLabel } from '../row-labels.js';

interface Evaluated {
  readonly run: RunSource;
  readonly evaluation: EvaluationFile;
}

/** Settings by which data and work grow, the first that differs being the axis of the scaling chart. */
const scales: readonly string[] = ['trainUsers', 'trainPairs', 'steps', 'parameters'];

/** How runs compare: what differs in their making, and the mean AUC they reach. */
export function runsPanel(runs: readonly RunSource[]): PanelResult {
  const evaluated = runs.flatMap((run): Evaluated[] =>
    run.evaluation ? [{ run, evaluation: run.evaluation }] : [],
  );
  const shared = sharedScenarios(evaluated);
  if (evaluated.length < 2 || shared.length === 0) {
    return {
      title: 'Scaling and ablations',
      reason:
        evaluated.length < 2
          ? 'that takes two evaluated runs'
          : 'the evaluated runs have no scenario in common',
      command: 'q-anchor report RUN RUN ... --out FILE.html',
    };
  }
  const settings = differingSettings(evaluated.map(({ run }) => run));
  const results = resultsOf(evaluated, shared);
  return {
    id: 'runs',
    title: 'Scaling and ablations',
    text: [
      `Mean test AUC over the ${shared.length} scenarios that all runs were evaluated on: ` +
        `${shared.join(', ')}. Runs are not compared by a paired test; see the intervals of each.`,
    ],
    tables: [
      resultTable(evaluated, results),
      ...(settings.length > 0 ? [settingsTable(evaluated, settings)] : []),
    ],
    charts: [...scalingCharts(settings, results), ablationChart(evaluated, results)],
  };
}

function sharedScenarios(evaluated: readonly Evaluated[]): readonly string[] {
  const [first, ...others] = evaluated.map(({ evaluation }) => Object.keys(evaluation.scenarios));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}

interface RowResult {
  readonly row: string;
  readonly style: number;
  readonly values: readonly (number | null)[];
}

function resultsOf(
  evaluated: readonly Evaluated[],
  names: readonly string[],
): readonly RowResult[] {
  const rows = orderedRows(
    evaluated.flatMap(({ evaluation }) =>
      names.flatMap((name) => Object.keys(evaluation.scenarios[name]!.rows)),
    ),
  );
  return rows.flatMap((row, style) => {
    const values = evaluated.map(
      ({ evaluation }) => averageOf(evaluation, { row, measure: 'auc', names }) ?? null,
    );
    // A row that not every scenario has, has no mean.
    return values.some((value) => value !== null) ? [{ row, style, values }] : [];
  });
}

/** A setting's name in words: `trainUsers` is train users. */
const wordsOf = (name: string): string =>
  name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);

const runColumns = (evaluated: readonly Evaluated[]): { readonly title: string }[] =>
  evaluated.map(({ run }) => ({ title: run.name }));

const resultTable = (
  evaluated: readonly Evaluated[],
  results: readonly RowResult[],
): ReportTable => ({
  caption: 'Mean AUC by run',
  columns: [{ title: 'Row' }, ...runColumns(evaluated)],
  rows: results.map(({ row, values }) => [rowLabel(row), ...values]),
});

const settingsTable = (
  evaluated: readonly Evaluated[],
  settings: readonly SettingRow[],
): ReportTable => ({
  caption: 'Settings that differ',
  columns: [{ title: 'Setting' }, ...runColumns(evaluated)],
  rows: settings.map(({ name, values }): Cell[] => [
    wordsOf(name),
    ...values.map((value) => (value === undefined ? null : String(value))),
  ]),
});

/** AUC over the setting that scales; of runs at the same value the mean. */
function scalingCharts(
  settings: readonly SettingRow[],
  results: readonly RowResult[],
): readonly LineChart[] {
  const numeric = settings.filter(
    ({ name, values }) => name !== 'seed' && values.every((value) => typeof value === 'number'),
  );
  const axis =
    scales.flatMap((name) => numeric.find((one) => one.name === name) ?? []).at(0) ?? numeric.at(0);
  if (!axis) return [];
  const places = axis.values as readonly number[];
  const distinct = [...new Set(places)].toSorted((a, b) => a - b);
  const isWide = distinct[0]! > 0 && distinct.at(-1)! / distinct[0]! >= 4;
  return [
    {
      kind: 'lines',
      id: 'runs-scaling',
      title: `Mean AUC over ${wordsOf(axis.name)}`,
      description: `Mean test AUC of each row over ${wordsOf(axis.name)}, a point for each value, the mean of its runs.`,
      size: 'full',
      xTitle: wordsOf(axis.name),
      yTitle: 'mean AUC',
      xScale: isWide ? 'log' : 'linear',
      series: results.map(({ row, style, values }) => ({
        name: rowLabel(row),
        style,
        points: distinct.flatMap((x): [number, number][] => {
          const own = values.filter(
            (value, i): value is number => places[i] === x && value !== null,
          );
          return own.length === 0 ? [] : [[x, own.reduce((sum, one) => sum + one, 0) / own.length]];
        }),
      })),
    },
  ];
}

const ablationChart = (
  evaluated: readonly Evaluated[],
  results: readonly RowResult[],
): BarChart => ({
  kind: 'bars',
  id: 'runs-ablation',
  title: 'Mean AUC by run',
  description: 'Bars of the mean test AUC of each run, one bar a row, from 0.5, which is chance.',
  size: 'full',
  xTitle: '',
  yTitle: 'mean AUC',
  base: 0.5,
  categories: evaluated.map(({ run }) => run.name),
  series: results.map(({ row, style, values }) => ({ name: rowLabel(row), style, values })),
});

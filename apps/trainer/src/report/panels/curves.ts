import type { EvaluationFileScenario } from '../../evaluate/evaluation-file.js';
import { evaluatedRows } from '../averages.js';
import type { Cell, LineChart, PanelResult, ReportTable } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { orderedRows, rowLabel, rowRole } from '../row-labels.js';
import { missingEvaluation } from './missing.js';

type FileRow = EvaluationFileScenario['rows'][string];

/** ROC of each scenario. */
export function rocPanel(run: RunSource): PanelResult {
  if (!run.evaluation) return missingEvaluation('ROC', run);
  return {
    id: 'roc',
    title: 'ROC',
    text: [
      'The AUC is in the table of scores; points of the curves are in the JSON.',
      ...chosenText(run),
    ],
    tables: [],
    charts: chartsOf(run, {
      id: 'roc',
      name: 'ROC',
      description:
        'True positive rate over false positive rate on the test users, one curve a row of the evaluation.',
      xTitle: 'false positive rate',
      yTitle: 'true positive rate',
      diagonal: 'chance',
      pointsOf: ({ roc }) => roc,
    }),
  };
}

/** Reliability of each scenario, and what is off in one number. */
export function calibrationPanel(run: RunSource): PanelResult {
  if (!run.evaluation) return missingEvaluation('Calibration', run);
  return {
    id: 'calibration',
    title: 'Calibration',
    text: [
      'Scores are read as log odds, without further calibration. Up to ten bins of as many users each; on ' +
        'the diagonal, what was promised is what happened.',
      ...chosenText(run),
    ],
    tables: [calibrationTable(run.evaluation.scenarios)],
    charts: chartsOf(run, {
      id: 'calibration',
      name: 'calibration',
      description:
        'Share of positives over mean probability in bins of test users, one curve a row of the evaluation.',
      xTitle: 'mean probability',
      yTitle: 'share of positives',
      diagonal: 'calibrated',
      pointsOf: ({ reliability }) =>
        reliability.map(({ meanProbability, positiveRate }) => [meanProbability, positiveRate]),
    }),
  };
}

/** Gain curves, and lift of the highest scores. */
export function gainPanel(run: RunSource): PanelResult {
  if (!run.evaluation) return missingEvaluation('Gain and lift', run);
  return {
    id: 'gain',
    title: 'Gain and lift',
    text: [
      'Who calls the users of the highest scores first, finds which share of the positives?',
      ...chosenText(run),
    ],
    tables: [liftTable(run.evaluation.scenarios)],
    charts: chartsOf(run, {
      id: 'gain',
      name: 'gain',
      description:
        'Share of the positives found over the share of users taken from the highest score down.',
      xTitle: 'share of users taken',
      yTitle: 'share of positives found',
      diagonal: 'at random',
      pointsOf: ({ gain }) => [
        [0, 0],
        ...gain.map(({ share, recall }) => [share, recall] as const),
      ],
    }),
  };
}

/** Rows in one picture at most: more can't be told apart. */
const mostDrawn = 6;

/** All rows where they are few; else the model's own, and baselines of the highest AUC. */
function drawnRows(rows: EvaluationFileScenario['rows']): ReadonlySet<string> {
  const names = Object.keys(rows);
  if (names.length <= mostDrawn) return new Set(names);
  const own = names.filter((name) => rowRole(name) === 'own');
  const others = names
    .filter((name) => rowRole(name) === 'baseline')
    .toSorted((a, b) => rows[b]!.auc - rows[a]!.auc);
  return new Set([...own, ...others].slice(0, Math.max(mostDrawn, own.length + 1)));
}

const chosenText = ({ evaluation }: RunSource): readonly string[] =>
  Object.values(evaluation?.scenarios ?? {}).some(
    ({ rows }) => Object.keys(rows).length > mostDrawn,
  )
    ? ['Of the baselines those of the highest AUC are drawn, scenario by scenario.']
    : [];

function chartsOf(
  { evaluation }: RunSource,
  options: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly xTitle: string;
    readonly yTitle: string;
    readonly diagonal: string;
    readonly pointsOf: (row: FileRow) => readonly (readonly [number, number])[];
  },
): readonly LineChart[] {
  const names = evaluatedRows(evaluation!);
  return Object.entries(evaluation!.scenarios).map(([scenario, { rows }]) => ({
    kind: 'lines',
    id: `${options.id}-${scenario}`,
    title: `${scenario}: ${options.name}`,
    description: options.description,
    size: 'half',
    xTitle: options.xTitle,
    yTitle: options.yTitle,
    unitDiagonal: options.diagonal,
    series: names.flatMap((row, style) => {
      const own = drawnRows(rows).has(row) ? rows[row] : undefined;
      return own ? [{ name: rowLabel(row), style, points: options.pointsOf(own) }] : [];
    }),
  }));
}

const tableRows = (
  scenarios: Readonly<Record<string, EvaluationFileScenario>>,
  cellsOf: (row: FileRow) => readonly Cell[],
): readonly (readonly Cell[])[] =>
  Object.entries(scenarios).flatMap(([scenario, { rows }]) =>
    orderedRows(Object.keys(rows)).map((row) => [scenario, rowLabel(row), ...cellsOf(rows[row]!)]),
  );

const calibrationTable = (
  scenarios: Readonly<Record<string, EvaluationFileScenario>>,
): ReportTable => ({
  caption: 'How far probabilities are from what happened',
  columns: [
    { title: 'Scenario' },
    { title: 'Row' },
    { title: 'Expected calibration error' },
    { title: 'Log loss' },
    { title: 'Brier score' },
  ],
  rows: tableRows(scenarios, (row) => [row.calibrationError, row.logLoss, row.brier]),
});

const liftShares = [0.01, 0.05, 0.1, 0.2] as const;

const liftTable = (scenarios: Readonly<Record<string, EvaluationFileScenario>>): ReportTable => ({
  caption:
    'Lift: positives among the highest scores, as a multiple of those among as many at random',
  columns: [
    { title: 'Scenario' },
    { title: 'Row' },
    ...liftShares.map((share) => ({ title: `top ${Math.round(100 * share)} %`, digits: 2 })),
    { title: 'positives in the top 10 %' },
  ],
  rows: tableRows(scenarios, ({ gain }) => [
    ...liftShares.map((share) => gain.find((one) => one.share === share)?.lift ?? null),
    gain.find((one) => one.share === 0.1)?.recall ?? null,
  ]),
});

import { holmAdjusted } from '@q-anchor/metrics';

import type { EvaluationFileAverages } from '../../evaluate/evaluation-file.js';
import type { Cell, PanelResult, ReportTable } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { orderedRows, rowLabel, rowRole } from '../row-labels.js';
import { markNotes, markOf, verdictOf, type Opponent } from '../significance.js';
import { missingEvaluation } from './missing.js';

/** Means of AUC and KS over the scenarios, and whether one row's is higher than another's. */
export function averagesPanel(run: RunSource): PanelResult {
  const { evaluation } = run;
  if (!evaluation) return missingEvaluation('Means over scenarios', run);
  const { averages, scenarios } = evaluation;
  if (!averages) {
    return {
      title: 'Means over scenarios',
      reason:
        'the evaluation has none: of one scenario, of few users, or made before there were any',
      command: `q-anchor evaluate ${run.source} --data DATASET`,
    };
  }
  const steps = stepsOf(averages);
  const rows = orderedRows(Object.keys(averages.rows));
  return {
    id: 'averages',
    title: 'Means over scenarios',
    text: [
      `Over ${Object.keys(scenarios).length} scenarios. Users are drawn again with all their scenarios, so that ` +
        'intervals and p values know that the scenarios’ test users are the same.',
    ],
    tables: [meansTable(averages, { rows, steps }), stepsTable(steps)].filter(
      (table) => table.rows.length > 0,
    ),
    charts: [
      {
        kind: 'bars',
        id: 'averages-auc',
        title: 'Mean AUC and KS over scenarios',
        description: 'Bars of mean test AUC and mean KS, one group a row, with 95 % intervals.',
        size: 'full',
        xTitle: '',
        yTitle: 'mean',
        categories: rows.map(rowLabel),
        series: (['auc', 'ks'] as const).map((measure, style) => ({
          name: measure.toUpperCase(),
          style,
          values: rows.map((row) => averages.rows[row]![measure].value),
          intervals: rows.map((row) => averages.rows[row]![measure].interval),
        })),
      },
    ],
  };
}

/** One row beside another, by both measures. */
interface Step {
  readonly row: string;
  readonly other: string;
  readonly opponent?: Opponent;
  readonly auc: MeanComparison;
  readonly ks: MeanComparison;
}

type Difference = EvaluationFileAverages['comparisons'][number]['auc'];
type MeanComparison = Difference & { readonly adjusted: number };

/** What the paper's order says, from the best down, beside the opponents of own rows. */
const ladders = [
  ['promptTuned', 'query', 'contrastiveStatic', 'randomEncoder'],
  [
    'promptTunedBesideHand',
    'queryBesideHand',
    'contrastiveStaticBesideHand',
    'randomEncoderBesideHand',
  ],
  // The query reads the profile, the static encoder does not.
  ['query', 'contrastiveStaticBesideHand'],
  ['promptTunedSideBySide', 'querySideBySide', 'contrastiveStatic'],
  ['querySideBySide', 'contrastiveStaticBesideHand'],
  ['querySideBySide', 'query'],
  ['querySideBySide', 'randomEncoderSideBySide'],
] as const;

/** The comparisons worth a test: fewer tests, less to correct for. */
function wantedPairs(averages: EvaluationFileAverages): readonly Omit<Step, 'auc' | 'ks'>[] {
  const has = (row: string): boolean => row in averages.rows;
  const ordered = ladders.flatMap((ladder) => {
    const known: readonly string[] = ladder.filter(has);
    return known.slice(1).map((other, i) => ({ row: known[i]!, other }));
  });
  const [best] = Object.keys(averages.rows)
    .filter((row) => rowRole(row) === 'baseline')
    .toSorted((a, b) => averages.rows[b]!.auc.value - averages.rows[a]!.auc.value);
  const tuned = ['promptTuned', 'loraTuned'].filter(has);
  const own = [...tuned, 'query'].filter(has);
  const opponents = [
    ...(has('query')
      ? tuned.map((row) => ({ row, other: 'query', opponent: 'query' as const }))
      : []),
    ...(has('noQuery')
      ? own.map((row) => ({ row, other: 'noQuery', opponent: 'noQuery' as const }))
      : []),
    ...(best === undefined
      ? []
      : own.map((row) => ({ row, other: best, opponent: 'bestBaseline' as const }))),
  ];
  const isAgain = ({ row, other }: { row: string; other: string }): boolean =>
    opponents.some((one) => one.row === row && one.other === other);
  return [...opponents, ...ordered.filter((pair) => !isAgain(pair))];
}

/** Comparisons with p values corrected by Holm over all of them, measure by measure. */
function stepsOf(averages: EvaluationFileAverages): readonly Step[] {
  const found = wantedPairs(averages).flatMap((pair) => {
    const kept = averages.comparisons.find(
      ({ row, other }) =>
        (row === pair.row && other === pair.other) || (row === pair.other && other === pair.row),
    );
    if (!kept) return [];
    const isTurned = kept.row !== pair.row;
    return [{ ...pair, auc: turned(kept.auc, isTurned), ks: turned(kept.ks, isTurned) }];
  });
  const adjusted = {
    auc: holmAdjusted(found.map(({ auc }) => auc.pValue)),
    ks: holmAdjusted(found.map(({ ks }) => ks.pValue)),
  };
  return found.map((one, i) => ({
    ...one,
    auc: { ...one.auc, adjusted: adjusted.auc[i]! },
    ks: { ...one.ks, adjusted: adjusted.ks[i]! },
  }));
}

const turned = (one: Difference, isTurned: boolean): Difference =>
  isTurned
    ? { ...one, difference: -one.difference, interval: [-one.interval[1], -one.interval[0]] }
    : one;

function meansTable(
  averages: EvaluationFileAverages,
  { rows, steps }: { readonly rows: readonly string[]; readonly steps: readonly Step[] },
): ReportTable {
  const cell = (row: string, measure: 'auc' | 'ks'): Cell => {
    const marks = steps.flatMap((step) =>
      step.row === row && step.opponent ? (markOf(step[measure], step.opponent) ?? []) : [],
    );
    return { ...averages.rows[row]![measure], ...(marks.length > 0 && { marks }) };
  };
  const met = new Set(steps.flatMap(({ opponent }) => opponent ?? []));
  return {
    caption: 'Mean AUC and KS over the scenarios, with 95 % intervals',
    columns: [{ title: 'Row' }, { title: 'AUC' }, { title: 'KS' }],
    rows: rows.map((row) => [rowLabel(row), cell(row, 'auc'), cell(row, 'ks')]),
    ...(met.size > 0 && { notes: markNotes([...met], 'mean') }),
  };
}

const stepsTable = (steps: readonly Step[]): ReportTable => ({
  caption: 'Differences of means, paired by user, p corrected by Holm',
  columns: [
    { title: 'Row' },
    { title: 'Beside' },
    { title: 'AUC, difference and 95 %' },
    { title: 'p, Holm', digits: 4 },
    { title: 'KS, difference and 95 %' },
    { title: 'p, Holm', digits: 4 },
    { title: 'In words, AUC' },
  ],
  rows: steps.map(({ row, other, auc, ks }): Cell[] => [
    rowLabel(row),
    rowLabel(other),
    { value: auc.difference, interval: auc.interval },
    auc.adjusted,
    { value: ks.difference, interval: ks.interval },
    ks.adjusted,
    verdictOf(auc),
  ]),
});

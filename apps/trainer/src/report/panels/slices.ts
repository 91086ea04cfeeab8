import { evaluatedRows } from '../averages.js';
import type { PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { rowLabel } from '../row-labels.js';
import { missingEvaluation } from './missing.js';

/** AUC by the levels of a profile column. */
export function slicesPanel(run: RunSource): PanelResult {
  const { evaluation, source } = run;
  if (!evaluation) return missingEvaluation('Slices', run);
  const { slices } = evaluation;
  if (!slices) {
    return {
      title: 'Slices',
      reason: 'the evaluation was not made by slices',
      command: `q-anchor evaluate ${source} --data DATASET --slice COLUMN`,
    };
  }
  const rows = evaluatedRows(evaluation);
  return {
    id: 'slices',
    title: `Slices by ${slices.column}`,
    text: ['Levels without both classes among the test users are left out.'],
    tables: [
      {
        caption: `AUC by ${slices.column}`,
        columns: [
          { title: 'Scenario' },
          { title: slices.column },
          { title: 'Test users', digits: 0 },
          { title: 'Positives', digits: 0 },
          ...rows.map((row) => ({ title: rowLabel(row) })),
        ],
        rows: slices.rows.map((slice) => [
          slice.scenario,
          slice.level,
          slice.users,
          slice.positives,
          ...rows.map((row) => slice.rows[row]?.auc ?? null),
        ]),
      },
    ],
    charts: [],
  };
}

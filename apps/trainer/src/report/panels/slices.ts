import { evaluatedRows } from '../averages.js';
import type { PanelResult } from '../model.js';
import type { RunSource } from '../read/run-source.js';
import { rowLabel } from '../row-labels.js';
import { missingEvaluation } from './missing.js';

/** Rows side by side at most, beside four other columns: paper has no room for more. */
const mostColumns = 6;

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
  const parts = Array.from({ length: Math.ceil(rows.length / mostColumns) }, (_, part) =>
    rows.slice(part * mostColumns, (part + 1) * mostColumns),
  );
  return {
    id: 'slices',
    title: `Slices by ${slices.column}`,
    text: ['Levels without both classes among the test users are left out.'],
    tables: parts.map((part) => ({
      caption: `AUC by ${slices.column}`,
      columns: [
        { title: 'Scenario' },
        { title: slices.column },
        { title: 'Test users', digits: 0 },
        { title: 'Positives', digits: 0 },
        ...part.map((row) => ({ title: rowLabel(row) })),
      ],
      rows: slices.rows.map((slice) => [
        slice.scenario,
        slice.level,
        slice.users,
        slice.positives,
        ...part.map((row) => slice.rows[row]?.auc ?? null),
      ]),
    })),
    charts: [],
  };
}

import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import { rowNames, type RowName } from './rows/row-names.js';

/** Means over scenarios. */
export interface AverageRow {
  readonly auc: number;
  readonly ks: number;
}

/** Means of AUC and KS over the scenarios, for rows that all of them have. */
export function averageRows(
  evaluations: readonly ScenarioEvaluation[],
): Readonly<Partial<Record<RowName, AverageRow>>> {
  return Object.fromEntries(
    rowNames.flatMap((name) => {
      const rows = evaluations.flatMap(({ rows: own }) => own[name] ?? []);
      if (rows.length < evaluations.length || rows.length === 0) return [];
      const mean = (key: 'auc' | 'ks'): number =>
        rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
      return [[name, { auc: mean('auc'), ks: mean('ks') }]];
    }),
  );
}

import { evaluatedRows } from '../averages.js';
import type { Cell, PanelResult } from '../model.js';
import type { ReproductionSource } from '../read/reproduction-source.js';
import { rowLabel } from '../row-labels.js';
import { runMean } from '../run-means.js';

/** The same with other seeds, and how far apart they end. */
export function seedsPanel({ seeds }: ReproductionSource): PanelResult {
  const evaluated = seeds.filter(({ run }) => run?.evaluation);
  if (evaluated.length < 2) {
    return {
      title: 'Seeds',
      reason: seeds.length < 2 ? 'this scale has one seed' : 'the other seeds are not evaluated',
      command: 'q-anchor reproduce --scale full',
    };
  }
  const rows = evaluatedRows(evaluated[0]!.run!.evaluation!).filter((row) =>
    evaluated.every(({ run }) => runMean(run, { row, measure: 'auc' })),
  );
  return {
    id: 'seeds',
    title: 'Seeds',
    text: ['The same data, other start values and batches.'],
    tables: (['auc', 'ks'] as const).map((measure) => ({
      caption: `Mean ${measure.toUpperCase()} by seed`,
      columns: [
        { title: 'Row' },
        ...evaluated.map(({ label }) => ({ title: label, digits: 4 })),
        { title: 'mean', digits: 4 },
        { title: 'standard deviation', digits: 4 },
      ],
      rows: rows.map((row): Cell[] => {
        const values = evaluated.map(({ run }) => runMean(run, { row, measure })!.value);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        return [rowLabel(row), ...values, mean, Math.sqrt(squares / (values.length - 1))];
      }),
    })),
    charts: [],
  };
}

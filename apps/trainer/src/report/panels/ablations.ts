import type { BarChart, Cell, PanelResult } from '../model.js';
import type { ReproductionSource } from '../read/reproduction-source.js';
import { rowLabel } from '../row-labels.js';
import { runMean, scenariosOf } from '../run-means.js';

/** One line: a run without some part, beside the whole on the same scenarios. */
interface Ablation {
  readonly label: string;
  readonly row: string;
  readonly scenarios: number;
  readonly steps: number | null;
  readonly own: Record<'auc' | 'ks', ReturnType<typeof runMean>>;
  readonly whole: Record<'auc' | 'ks', ReturnType<typeof runMean>>;
}

/** What parts of method and model are worth: each taken away from runs of as many steps. */
export function ablationsPanel(source: ReproductionSource): PanelResult {
  const ablations = source.ablations.flatMap((one): Ablation[] => {
    const { label, row, run } = one;
    if (!run?.evaluation) return [];
    const names = scenariosOf(run);
    // What was tuned without pre-training stands beside the main run's tuning.
    const whole = row === 'query' ? source.ablations[0]!.run : source.main;
    const both = (of: typeof run | undefined) => ({
      auc: runMean(of, { row, measure: 'auc', names }),
      ks: runMean(of, { row, measure: 'ks', names }),
    });
    const steps = Number(run.config?.hyperparameters.steps);
    return [
      {
        label,
        row,
        scenarios: names.length,
        steps: Number.isFinite(steps) ? steps : null,
        own: both(run),
        whole: both(whole),
      },
    ];
  });
  if (ablations.length < 2) {
    return {
      title: 'Parts taken away',
      ...(source.ablations.length === 0
        ? { reason: 'this scale has none', command: 'q-anchor reproduce --scale full' }
        : {
            reason: 'fewer than two of the runs have been evaluated',
            command: 'q-anchor reproduce, to its end',
          }),
    };
  }
  return {
    id: 'ablations',
    title: 'Parts taken away',
    text: [
      'Mean test AUC and KS over the scenarios, each run beside the whole of the same row and scenarios: runs of ' +
        'as many steps, and of tuning without pre-training the main run’s tuning. Runs are not compared by a paired ' +
        'test: look at the intervals.',
    ],
    tables: [
      {
        caption: 'Parts taken away',
        columns: [
          { title: 'Run' },
          { title: 'Row' },
          { title: 'Scenarios', digits: 0 },
          { title: 'Steps', digits: 0 },
          { title: 'AUC', digits: 4 },
          { title: 'less the whole', digits: 4 },
          { title: 'KS', digits: 4 },
          { title: 'less the whole', digits: 4 },
        ],
        rows: ablations.map((one, index): Cell[] => [
          one.label,
          rowLabel(one.row),
          one.scenarios,
          one.steps,
          one.own.auc,
          index === 0 ? null : difference(one, 'auc'),
          one.own.ks,
          index === 0 ? null : difference(one, 'ks'),
        ]),
      },
    ],
    charts: [ablationChart(ablations)],
  };
}

function difference({ own, whole }: Ablation, measure: 'auc' | 'ks'): Cell {
  const [a, b] = [own[measure], whole[measure]];
  return a && b ? a.value - b.value : null;
}

const ablationChart = (ablations: readonly Ablation[]): BarChart => ({
  kind: 'bars',
  id: 'ablations-auc',
  title: 'Parts taken away: mean AUC',
  description: 'Bars of mean test AUC, from 0.5, one a run, with 95 % intervals.',
  size: 'full',
  xTitle: '',
  yTitle: 'mean AUC',
  base: 0.5,
  categories: ablations.map(({ label }) => label),
  series: [
    {
      name: 'AUC',
      style: 0,
      values: ablations.map(({ own }) => own.auc?.value ?? null),
      intervals: ablations.map(({ own }) => own.auc?.interval ?? null),
    },
  ],
});

import type { LineChart, PanelResult } from '../model.js';
import type { ReproductionSource } from '../read/reproduction-source.js';
import { runMean } from '../run-means.js';

/** Mean AUC and KS over the share of the pairs that was trained on. */
export function dataScalingPanel({ scaling }: ReproductionSource): PanelResult {
  const points = scaling.flatMap(({ share, row, run }) => {
    const auc = runMean(run, { row, measure: 'auc' });
    const ks = runMean(run, { row, measure: 'ks' });
    const { trainPairs, hyperparameters } = run?.config ?? {};
    return auc && ks ? [{ share, auc, ks, trainPairs, steps: hyperparameters?.steps }] : [];
  });
  if (points.length < 2) {
    return {
      title: 'Data scaling',
      ...(scaling.length === 0
        ? { reason: 'this scale has none', command: 'q-anchor reproduce --scale full' }
        : {
            reason: 'fewer than two of the runs have been evaluated',
            command: 'q-anchor reproduce, to its end',
          }),
    };
  }
  const chart = (measure: 'auc' | 'ks', style: number): LineChart => ({
    kind: 'lines',
    id: `data-scaling-${measure}`,
    title: `Data scaling: mean ${measure.toUpperCase()}`,
    description: `Mean test ${measure.toUpperCase()} of the query’s embedding over the share of the pairs.`,
    size: 'half',
    xTitle: 'share of the pairs, %',
    yTitle: `mean ${measure.toUpperCase()}`,
    series: [
      {
        name: 'Query',
        style,
        points: points.map((one) => [100 * one.share, one[measure].value] as const),
      },
    ],
  });
  return {
    id: 'data-scaling',
    title: 'Data scaling',
    text: [
      'Shares of the training reference points, drawn at random; steps in proportion, so that every pair is seen ' +
        'as often, as in one pass.',
    ],
    tables: [
      {
        caption: 'Shares of the data',
        columns: [
          { title: 'Share of the pairs, %', digits: 0 },
          { title: 'Pairs', digits: 0 },
          { title: 'Steps', digits: 0 },
          { title: 'AUC', digits: 4 },
          { title: 'KS', digits: 4 },
        ],
        rows: points.map(({ share, trainPairs = null, steps = null, auc, ks }) => [
          100 * share,
          trainPairs,
          steps,
          auc,
          ks,
        ]),
      },
    ],
    charts: [chart('auc', 0), chart('ks', 1)],
  };
}

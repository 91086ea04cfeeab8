import {
  averagePrecision,
  brierScore,
  ks,
  logLoss,
  rocAuc,
  rocCurve,
  sigmoid,
} from '@q-anchor/metrics';

import { comparisonRow } from './compare.js';
import type { Family } from './family.js';
import { readGolden, type Golden } from './golden.js';
import { doubleTolerance } from './precision.js';

const file = 'metrics.json';

interface Measured {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

const curve = ({ labels, scores }: Measured) =>
  rocCurve({ labels, scores, dropIntermediate: false });

const probabilities = ({ labels, scores }: Measured) => ({
  labels,
  probabilities: scores.map(sigmoid),
});

/** Each quantity: where the golden has it, and how we compute it. */
const quantities: readonly {
  readonly name: string;
  readonly place: (golden: Golden) => Golden;
  readonly ours: (measured: Measured) => ArrayLike<number>;
}[] = [
  { name: 'ROC AUC', place: (g) => g.at('roc_auc'), ours: (m) => [rocAuc(m)] },
  { name: 'KS', place: (g) => g.at('ks'), ours: (m) => [ks(m)] },
  {
    name: 'average precision',
    place: (g) => g.at('average_precision'),
    ours: (m) => [averagePrecision(m)],
  },
  {
    name: 'log loss',
    place: (g) => g.at('log_loss_of_sigmoid'),
    ours: (m) => [logLoss(probabilities(m))],
  },
  {
    name: 'Brier score',
    place: (g) => g.at('brier_of_sigmoid'),
    ours: (m) => [brierScore(probabilities(m))],
  },
  {
    name: 'ROC curve, false positive rate',
    place: (g) => g.at('roc_curve').at('fpr'),
    ours: (m) => curve(m).falsePositiveRate,
  },
  {
    name: 'ROC curve, true positive rate',
    place: (g) => g.at('roc_curve').at('tpr'),
    ours: (m) => curve(m).truePositiveRate,
  },
];

/** Ranking and probability measures of scored labels. */
export const rankingMetrics: Family = {
  name: 'metrics',
  files: [file],
  async rows({ directory }) {
    const cases = (await readGolden(directory, file)).at('cases').list();
    return quantities.map(({ name, place, ours }) =>
      comparisonRow(`metrics ${name}`, {
        pairs: cases.map((golden, i) => ({
          label: `case ${i}`,
          actual: ours({
            labels: golden.at('labels').tensor().values,
            scores: golden.at('scores').tensor().values,
          }),
          expected: place(golden).tensor().values,
        })),
        tolerance: doubleTolerance,
      }),
    );
  },
};

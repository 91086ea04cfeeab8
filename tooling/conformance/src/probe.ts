import {
  fitLogisticProbe,
  pca,
  probeOptimality,
  probeScores,
  rocAuc,
  silhouette,
} from '@q-anchor/metrics';

import { comparisonRow, relativeError, type Pair } from './compare.js';
import type { Family } from './family.js';
import { fittedRows, standardised, type ProbeData, type ProbeGolden } from './probe-golden.js';
import { readGolden, type Golden } from './golden.js';
import { doubleTolerance } from './precision.js';
import type { Row } from './result.js';

const file = 'probe.json';

/** Error allowed against coefficients of a first-order solver, which stops a little short. */
const solverTolerance = 1e-5;
/** What counts as a little: a gradient norm of the golden's own weights below this. */
const convergedGradientNorm = 3e-5;

/** Logistic probes, principal components and silhouette. */
export const probe: Family = {
  name: 'probe',
  files: [file],
  async rows({ directory }) {
    const golden = await readGolden(directory, file);
    const { shape, values } = golden.at('X').tensor();
    const [rows, columns] = shape as readonly [number, number];
    const labels = golden.at('y').tensor().values;
    const data = { features: values, rows, columns, labels };
    return [...probeRows(golden, data), ...structureRows(golden, data)];
  },
};

function probeRows(golden: Golden, raw: ProbeData): Row[] {
  const data = { ...raw, features: standardised(raw) };
  const { rows, columns, features, labels } = data;
  const probes: ProbeGolden[] = golden
    .at('probes')
    .list()
    .map((place) => ({
      C: place.at('C').number(),
      coefficients: place.at('coef').tensor().values,
      intercept: place.at('intercept').number(),
      testAuc: place.at('test_roc_auc').number(),
    }));
  const fitted = fittedRows(data, probes);
  const testData = {
    features: features.slice(fitted * columns),
    rows: rows - fitted,
    columns,
  };
  const refinedPairs: Pair[] = [];
  const aucs: Pair[] = [];
  const rawRows: Row[] = [];
  for (const theirs of probes) {
    const { C, coefficients, intercept } = theirs;
    const problem = {
      features: features.slice(0, fitted * columns),
      rows: fitted,
      columns,
      labels: labels.slice(0, fitted),
      C,
      standardize: false,
    };
    const ours = fitLogisticProbe(problem);
    const actual = [...ours.coefficients, ours.intercept];
    const expected = [...coefficients, intercept];
    const { gradientNorm, refined: once } = probeOptimality(theirs, problem);
    const { refined } = probeOptimality(once, problem);
    const best = [...refined.coefficients, refined.intercept];
    const label = `C = ${C}`;
    refinedPairs.push({ label, actual, expected: best });
    aucs.push({
      label,
      actual: [rocAuc({ labels: labels.slice(fitted), scores: probeScores(ours, testData) })],
      expected: [theirs.testAuc],
    });
    const ownError = gradientNorm < convergedGradientNorm ? relativeError(best, expected) : 0;
    rawRows.push(
      comparisonRow(`probe coefficients as given, ${label}`, {
        pairs: [{ label, actual, expected }],
        tolerance: Math.max(solverTolerance, ownError + doubleTolerance),
        remark: `the golden's own gradient norm is ${gradientNorm.toExponential(1)}, ours ${ours.gradientNorm.toExponential(1)}`,
      }),
    );
  }
  return [
    ...rawRows,
    comparisonRow('probe coefficients after two Newton steps', {
      pairs: refinedPairs,
      tolerance: doubleTolerance,
      remark: `fitted on rows 0..${fitted - 1}, where the golden's weights are optimal`,
    }),
    comparisonRow('probe test ROC AUC', { pairs: aucs, tolerance: doubleTolerance }),
  ];
}

function structureRows(golden: Golden, data: ProbeData): Row[] {
  const { features, rows, columns, labels } = data;
  const axes = golden.at('pca').at('abs_components').tensor();
  const ours = pca({ data: features, rows, columns, components: axes.shape[0]! });
  const shares = golden.at('pca').at('explained_variance_ratio').tensor().values;
  return [
    exactRow('PCA components', [ours.components.map(Math.abs), axes.values]),
    exactRow('PCA explained variance', [ours.explainedVarianceRatio, shares]),
    exactRow('silhouette', [
      [silhouette({ data: features, rows, columns, labels })],
      golden.at('silhouette').tensor().values,
    ]),
  ];
}

function exactRow(
  name: string,
  [actual, expected]: readonly [ArrayLike<number>, ArrayLike<number>],
): Row {
  return comparisonRow(`probe ${name}`, {
    pairs: [{ label: name, actual, expected }],
    tolerance: doubleTolerance,
  });
}

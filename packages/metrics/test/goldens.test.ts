import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  averagePrecision,
  brierScore,
  fitLogisticProbe,
  ks,
  logLoss,
  pca,
  probeOptimality,
  probeScores,
  rocAuc,
  rocCurve,
  sigmoid,
  silhouette,
} from '@q-anchor/metrics';

import { relativeError } from '../../core/test/support/relative-error.js';

const readGolden = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../../tooling/goldens/${name}`, import.meta.url), 'utf8'));

const standardise = (data: Float64Array, columns: number): Float64Array => {
  const out = data.slice();
  for (let c = 0; c < columns; c++) {
    const column = data.filter((_, i) => i % columns === c);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length;
    for (let i = c; i < data.length; i += columns) out[i] = (data[i]! - mean) / Math.sqrt(variance);
  }
  return out;
};

interface MetricsGolden {
  readonly cases: ReadonlyArray<{
    readonly labels: readonly number[];
    readonly scores: readonly number[];
    readonly roc_auc: number;
    readonly ks: number;
    readonly average_precision: number;
    readonly log_loss_of_sigmoid: number;
    readonly brier_of_sigmoid: number;
    readonly roc_curve: { readonly fpr: readonly number[]; readonly tpr: readonly number[] };
  }>;
}

interface ProbeGolden {
  readonly X: ReadonlyArray<readonly number[]>;
  readonly y: readonly number[];
  readonly probes: ReadonlyArray<{
    readonly C: number;
    readonly coef: readonly number[];
    readonly intercept: number;
    readonly test_roc_auc: number;
  }>;
  readonly pca: {
    readonly explained_variance_ratio: readonly number[];
    readonly abs_components: ReadonlyArray<readonly number[]>;
  };
  readonly silhouette: number;
}

const metrics = (await readGolden('metrics.json')) as MetricsGolden;
const probe = (await readGolden('probe.json')) as ProbeGolden;

describe('scikit-learn and scipy agree', () => {
  test.each(metrics.cases.map((c) => [c.labels.length, c] as const))('on %i users', (_, c) => {
    const { labels, scores } = c;
    const probabilities = scores.map(sigmoid);
    const curve = rocCurve({ labels, scores });
    expect(relativeError([rocAuc({ labels, scores })], [c.roc_auc])).toBeLessThan(1e-12);
    expect(relativeError([ks({ labels, scores })], [c.ks])).toBeLessThan(1e-12);
    expect(
      relativeError([averagePrecision({ labels, scores })], [c.average_precision]),
    ).toBeLessThan(1e-12);
    expect(
      relativeError([logLoss({ labels, probabilities })], [c.log_loss_of_sigmoid]),
    ).toBeLessThan(1e-12);
    expect(
      relativeError([brierScore({ labels, probabilities })], [c.brier_of_sigmoid]),
    ).toBeLessThan(1e-12);
    expect(relativeError(curve.falsePositiveRate, c.roc_curve.fpr)).toBeLessThan(1e-12);
    expect(relativeError(curve.truePositiveRate, c.roc_curve.tpr)).toBeLessThan(1e-12);
  });

  const rows = probe.X.length;
  const columns = probe.X[0]!.length;
  const data = Float64Array.from(probe.X.flat());
  // The probes of the golden, unlike the rest, are on columns standardised over all rows.
  const standardised = standardise(data, columns);

  test.each(probe.probes)('on the probe with C = $C', ({ C, coef, intercept, test_roc_auc }) => {
    const problem = {
      features: standardised.subarray(0, 200 * columns),
      rows: 200,
      columns,
      labels: probe.y.slice(0, 200),
      C,
      standardize: false,
    };
    const fitted = fitLogisticProbe(problem);
    expect(fitted.gradientNorm).toBeLessThan(1e-12);

    // The golden comes from L-BFGS that stopped short: its own gradient norm is above 1e-6. So it is
    // compared twice: as it is, at its own accuracy, and after one Newton step, at ours.
    const { gradientNorm, refined } = probeOptimality({ coefficients: coef, intercept }, problem);
    expect(gradientNorm).toBeGreaterThan(1e-6);
    const ours = [...fitted.coefficients, fitted.intercept];
    expect(relativeError(ours, [...coef, intercept])).toBeLessThan(1e-5);
    expect(relativeError(ours, [...refined.coefficients, refined.intercept])).toBeLessThan(1e-9);
    const scores = probeScores(fitted, {
      features: standardised.subarray(200 * columns),
      rows: rows - 200,
      columns,
    });
    expect(rocAuc({ labels: probe.y.slice(200), scores })).toBeCloseTo(test_roc_auc, 12);
  });

  test('on the principal components', () => {
    const { components, explainedVarianceRatio } = pca({ data, rows, columns, components: 3 });
    expect(relativeError(explainedVarianceRatio, probe.pca.explained_variance_ratio)).toBeLessThan(
      1e-12,
    );
    expect(relativeError(components.map(Math.abs), probe.pca.abs_components.flat())).toBeLessThan(
      1e-12,
    );
  });

  test('on the silhouette', () => {
    const value = silhouette({ data, rows, columns, labels: probe.y });
    expect(relativeError([value], [probe.silhouette])).toBeLessThan(1e-12);
  });
});

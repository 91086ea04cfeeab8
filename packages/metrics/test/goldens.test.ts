import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import {
  averagePrecision,
  brierScore,
  fitLogisticProbe,
  ks,
  logLoss,
  pca,
  probeScores,
  rocAuc,
  rocCurve,
  sigmoid,
  silhouette,
} from '@q-anchor/metrics';

const golden = async <T>(name: string): Promise<T> =>
  JSON.parse(
    await readFile(new URL(`../../../tooling/goldens/${name}`, import.meta.url), 'utf8'),
  ) as T;

const relativeError = (actual: ArrayLike<number>, expected: readonly number[]): number => {
  expect(actual.length).toBe(expected.length);
  let difference = 0;
  let size = 0;
  for (const [i, value] of expected.entries()) {
    difference += (actual[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) || 1);
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

const metrics = await golden<MetricsGolden>('metrics.json');
const probe = await golden<ProbeGolden>('probe.json');

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

  test.each(probe.probes)('on the probe with C = $C', ({ C, coef, intercept, test_roc_auc }) => {
    const fitted = fitLogisticProbe({
      features: data.subarray(0, 200 * columns),
      rows: 200,
      columns,
      labels: probe.y.slice(0, 200),
      C,
      standardize: false,
    });
    expect(relativeError(fitted.coefficients, coef)).toBeLessThan(1e-9);
    expect(relativeError([fitted.intercept], [intercept])).toBeLessThan(1e-9);
    expect(fitted.gradientNorm).toBeLessThan(1e-13);
    const scores = probeScores(fitted, {
      features: data.subarray(200 * columns),
      rows: rows - 200,
      columns,
    });
    expect(rocAuc({ labels: probe.y.slice(200), scores })).toBeCloseTo(test_roc_auc, 12);
  });

  test('on the principal components', () => {
    const { components, explainedVarianceRatio } = pca({ data, rows, columns, components: 3 });
    expect(
      relativeError(explainedVarianceRatio, probe.pca.explained_variance_ratio),
    ).toBeLessThan(1e-12);
    expect(relativeError(components.map(Math.abs), probe.pca.abs_components.flat())).toBeLessThan(
      1e-12,
    );
  });

  test('on the silhouette', () => {
    const value = silhouette({ data, rows, columns, labels: probe.y });
    expect(relativeError([value], [probe.silhouette])).toBeLessThan(1e-12);
  });
});

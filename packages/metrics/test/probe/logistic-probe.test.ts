import { InputError, QAnchorError, ShapeError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  ConvergenceError,
  fitLogisticProbe,
  probeOptimality,
  probeScores,
  rocAuc,
  sigmoid,
  type LabelledFeatures,
} from '@q-anchor/metrics';

/** Correlated features at odd scales, labels drawn from a logistic model of them. */
const drawProblem = (seed: number, rows: number, columns: number): LabelledFeatures => {
  const random = createRandom(seed);
  const features = new Float64Array(rows * columns);
  const labels = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const shared = random.normal();
    let score = -0.5;
    for (let c = 0; c < columns; c++) {
      const z = 0.6 * shared + random.normal();
      features[r * columns + c] = 10 * c + z * (c + 0.5);
      score += z * Math.sin(c + 1);
    }
    labels[r] = random.uniform() < sigmoid(score) ? 1 : 0;
  }
  return { features, rows, columns, labels };
};

/** Gradient of scikit-learn's objective by the plainest loops, of coefficients and intercept. */
const plainGradient = (
  problem: LabelledFeatures & { readonly C: number },
  weights: { readonly coefficients: ArrayLike<number>; readonly intercept: number },
): number[] => {
  const { features, rows, columns, labels, C } = problem;
  const gradient = Array.from({ length: columns + 1 }, () => 0);
  for (let r = 0; r < rows; r++) {
    let score = weights.intercept;
    for (let c = 0; c < columns; c++)
      score += weights.coefficients[c]! * features[r * columns + c]!;
    const miss = C * (sigmoid(score) - labels[r]!);
    for (let c = 0; c < columns; c++) gradient[c]! += miss * features[r * columns + c]!;
    gradient[columns]! += miss;
  }
  for (let c = 0; c < columns; c++) gradient[c]! += weights.coefficients[c]!;
  return gradient;
};

const standardised = (problem: LabelledFeatures): LabelledFeatures => {
  const { rows, columns } = problem;
  const features = Float64Array.from(problem.features);
  for (let c = 0; c < columns; c++) {
    const column = features.filter((_, i) => i % columns === c);
    const mean = column.reduce((a, b) => a + b, 0) / rows;
    const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / rows;
    for (let r = 0; r < rows; r++) {
      features[r * columns + c] = (column[r]! - mean) / Math.sqrt(variance);
    }
  }
  return { ...problem, features };
};

/** The largest difference of two arrays of one length. */
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));
};

const thrownBy = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('fitLogisticProbe', () => {
  test('by hand: one column, two rows, where the optimum solves w = 2 C / (1 + exp(w))', () => {
    const probe = fitLogisticProbe({
      features: [-1, 1],
      rows: 2,
      columns: 1,
      labels: [0, 1],
      C: 1,
    });
    const w = probe.coefficients[0]!;
    expect(w).toBeCloseTo(2 * sigmoid(-w), 12);
    expect(probe.intercept).toBeCloseTo(0, 14);
  });

  // Odd sizes on both sides of a block of rows and of a tile of columns.
  test.each([
    [5, 1],
    [63, 2],
    [64, 3],
    [65, 4],
    [200, 7],
    [40, 60],
  ])('%i x %i: the gradient by plain loops vanishes', (rows, columns) => {
    const problem = standardised(drawProblem(rows, rows, columns));
    for (const C of [0.01, 1, 100]) {
      const probe = fitLogisticProbe({ ...problem, C, standardize: false });
      const norm = Math.hypot(...plainGradient({ ...problem, C }, probe));
      expect(norm).toBeLessThan(1e-9 * C * rows);
      expect(probe.gradientNorm).toBeLessThan(1e-12);
    }
  });

  test('standardises by mean and population deviation of its rows', () => {
    const problem = drawProblem(3, 150, 5);
    const raw = fitLogisticProbe(problem);
    const beforehand = fitLogisticProbe({ ...standardised(problem), standardize: false });
    expect(difference(raw.coefficients, beforehand.coefficients)).toBeLessThan(1e-10);
    expect(raw.intercept).toBeCloseTo(beforehand.intercept, 10);
    expect(difference(beforehand.mean, [0, 0, 0, 0, 0])).toBeLessThan(1e-10);
    expect(difference(beforehand.scale, [1, 1, 1, 1, 1])).toBeLessThan(1e-10);
    expect(
      difference(probeScores(raw, problem), probeScores(beforehand, { ...standardised(problem) })),
    ).toBeLessThan(1e-9);
  });

  test('far-off means cost no accuracy, scaling and shifting change nothing', () => {
    const problem = drawProblem(4, 120, 4);
    const moved = Float64Array.from(problem.features, (x) => 2 ** 20 + x / 1024);
    const probe = fitLogisticProbe(problem);
    expect(
      difference(
        fitLogisticProbe({ ...problem, features: moved }).coefficients,
        probe.coefficients,
      ),
    ).toBeLessThan(1e-5);
  });

  test('order of rows does not matter, order of columns moves with the coefficients', () => {
    const problem = drawProblem(5, 90, 3);
    const { rows, columns } = problem;
    const order = createRandom(1).shuffled([...Array(rows).keys()]);
    const shuffled = {
      ...problem,
      features: order.flatMap((r) => [2, 1, 0].map((c) => problem.features[r * columns + c]!)),
      labels: order.map((r) => problem.labels[r]!),
    };
    expect(
      difference(
        fitLogisticProbe(shuffled).coefficients.toReversed(),
        fitLogisticProbe(problem).coefficients,
      ),
    ).toBeLessThan(1e-11);
  });

  test('swapped labels swap every sign', () => {
    const problem = drawProblem(6, 80, 3);
    const probe = fitLogisticProbe(problem);
    const swapped = fitLogisticProbe({
      ...problem,
      labels: Array.from(problem.labels, (label) => 1 - label),
    });
    expect(
      difference(
        swapped.coefficients.map((w) => -w),
        probe.coefficients,
      ),
    ).toBeLessThan(1e-11);
    expect(-swapped.intercept).toBeCloseTo(probe.intercept, 11);
  });

  test('a constant column gets coefficient 0, also where its mean rounds', () => {
    const { features, rows, labels } = drawProblem(7, 100, 1);
    const wide = Array.from({ length: rows }, (_, r) => [0.1, features[r]!, -7]).flat();
    const probe = fitLogisticProbe({ features: wide, rows, columns: 3, labels });
    const alone = fitLogisticProbe({ features, rows, columns: 1, labels });
    expect([probe.coefficients[0], probe.coefficients[2]]).toEqual([0, 0]);
    expect([probe.mean[0], probe.scale[0]]).toEqual([0.1, 1]);
    expect(probe.coefficients[1]).toBeCloseTo(alone.coefficients[0]!, 12);
  });

  test('equal columns share the weight', () => {
    const { features, rows, labels } = drawProblem(8, 100, 1);
    const twice = Array.from(features, (x) => [x, x]).flat();
    const [a, b] = fitLogisticProbe({ features: twice, rows, columns: 2, labels }).coefficients;
    expect(a).toBeCloseTo(b!, 10);
  });

  test.each([1e-6, 1, 1e4, 1e8, 1e12])('separable classes converge with C = %d', (C) => {
    const { features, rows, columns } = drawProblem(9, 150, 6);
    const labels = Array.from({ length: rows }, (_, r) => (features[r * columns]! > 0 ? 1 : 0));
    const probe = fitLogisticProbe({ features, rows, columns, labels, C });
    expect(probe.gradientNorm).toBeLessThan(1e-12);
    expect(probe.coefficients.every(Number.isFinite)).toBe(true);
    // The penalised optimum on separable data: |w|^2 = C sum_i (s_i w.z_i) miss_i, from w . gradient = 0.
    const scores = probeScores(probe, { features, rows, columns });
    expect(rocAuc({ labels, scores })).toBeGreaterThan(C < 1 ? 0.6 : 0.9999);
    let pull = 0;
    for (let r = 0; r < rows; r++) {
      const sign = labels[r] === 1 ? 1 : -1;
      pull += C * sign * (scores[r]! - probe.intercept) * sigmoid(-sign * scores[r]!);
    }
    const squared = probe.coefficients.reduce((sum, w) => sum + w * w, 0);
    expect(pull / squared).toBeCloseTo(1, 6);
  });

  test('one positive among many, and float32 features', () => {
    const { features, rows, columns } = drawProblem(10, 500, 3);
    const labels = new Uint8Array(rows);
    labels[123] = 1;
    const probe = fitLogisticProbe({
      features: Float32Array.from(features),
      rows,
      columns,
      labels,
    });
    expect(probe.gradientNorm).toBeLessThan(1e-12);
    expect(probe.intercept).toBeLessThan(-5);
  });

  test('a warm start arrives at the same place, sooner', () => {
    const problem = drawProblem(11, 300, 10);
    const cold = fitLogisticProbe({ ...problem, C: 10 });
    const warm = fitLogisticProbe({
      ...problem,
      C: 10,
      warmStart: fitLogisticProbe({ ...problem, C: 5 }),
    });
    expect(difference(warm.coefficients, cold.coefficients)).toBeLessThan(1e-10);
    expect(warm.iterations).toBeLessThan(cold.iterations);
  });

  test('too few iterations are an error that says how far it got', () => {
    const attempt = () => fitLogisticProbe({ ...drawProblem(12, 50, 3), maxIterations: 1 });
    expect(attempt).toThrow(
      /expected a gradient norm below 0\.000001, found .* Raise maxIterations/,
    );
    const error = thrownBy(attempt);
    expect(ConvergenceError.isInstance(error)).toBe(true);
    expect(InputError.isInstance(error)).toBe(false);
    expect(error).toMatchObject({ code: 'NOT_CONVERGED', iterations: 1 });
    expect(ConvergenceError.isInstance(new QAnchorError('OTHER', 'x'))).toBe(false);
  });

  test('features whose squares overflow are an error, not a silent answer', () => {
    expect(() =>
      fitLogisticProbe({
        features: [1e200, -1e200, 3e200, 2e200],
        rows: 4,
        columns: 1,
        labels: [0, 1, 1, 0],
        standardize: false,
      }),
    ).toThrow(QAnchorError);
  });

  const good = drawProblem(13, 4, 2);
  test.each([
    ['one class', { labels: [1, 1, 1, 1] }, InputError, '4 positives and 0 negatives'],
    ['a label of 2', { labels: [0, 1, 2, 1] }, InputError, 'labels[2]: expected 0 or 1, found 2'],
    ['too few labels', { labels: [0, 1] }, ShapeError, 'labels: expected shape [4], got [2]'],
    ['too few features', { features: [1, 2] }, ShapeError, 'expected shape [4, 2], got [2]'],
    ['NaN', { features: [1, 2, 3, 4, 5, Number.NaN, 7, 8] }, InputError, 'row 2, column 1'],
    ['no rows', { rows: 0, features: [], labels: [] }, InputError, 'rows: expected an integer'],
    ['no columns', { columns: 0, features: [] }, InputError, 'columns: expected an integer'],
    ['C of 0', { C: 0 }, InputError, 'C: expected a positive number, found 0'],
    ['an infinite C', { C: Infinity }, InputError, 'C: expected a positive number'],
    ['a tolerance of NaN', { tolerance: Number.NaN }, InputError, 'tolerance'],
    ['no iterations', { maxIterations: 0 }, InputError, 'maxIterations'],
    [
      'a warm start of another width',
      { warmStart: { coefficients: [1], intercept: 0 } },
      ShapeError,
      'expected shape [2], got [1]',
    ],
  ])('refuses %s', (_, change, type, message) => {
    expect(() => fitLogisticProbe({ ...good, ...change })).toThrow(type);
    expect(() => fitLogisticProbe({ ...good, ...change })).toThrow(message);
  });
});

describe('probeScores', () => {
  const probe = {
    coefficients: Float64Array.of(2, -1),
    intercept: 0.5,
    mean: Float64Array.of(1, 10),
    scale: Float64Array.of(2, 5),
  };

  test('by hand', () => {
    const scores = probeScores(probe, { features: [1, 10, 3, 20], rows: 2, columns: 2 });
    expect([...scores]).toEqual([0.5, 0.5]);
  });

  test('refuses other columns and values that are not finite', () => {
    expect(() => probeScores(probe, { features: [1, 2, 3], rows: 1, columns: 3 })).toThrow(
      'probeScores: expected shape [rows, 2], got [1, 3]',
    );
    expect(() => probeScores(probe, { features: [1, Infinity], rows: 1, columns: 2 })).toThrow(
      'row 0, column 1',
    );
  });
});

describe('probeOptimality', () => {
  const problem = { ...drawProblem(14, 200, 5), C: 3 };
  const probe = fitLogisticProbe(problem);

  test('finds nothing to better in a fitted probe', () => {
    const { gradientNorm, refined } = probeOptimality(probe, problem);
    expect(gradientNorm).toBeLessThan(1e-12);
    expect(difference(refined.coefficients, probe.coefficients)).toBeLessThan(1e-12);
  });

  test('squares the error of weights that are off', () => {
    const off = {
      coefficients: probe.coefficients.map((w) => w * 1.0001),
      intercept: probe.intercept,
    };
    const { gradientNorm, refined } = probeOptimality(off, problem);
    expect(gradientNorm).toBeGreaterThan(1e-6);
    expect(difference(refined.coefficients, probe.coefficients)).toBeLessThan(1e-7);
    expect(refined.intercept).toBeCloseTo(probe.intercept, 7);
  });
});

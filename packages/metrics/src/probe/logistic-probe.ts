import { ShapeError } from '@q-anchor/core';

import { requireMatrix, type FeatureMatrix } from '../input/feature-matrix.js';
import { requirePositive } from '../input/require-number.js';
import { countBothClasses, type ClassCounts } from '../input/scored-labels.js';
import { ConvergenceError } from './convergence-error.js';
import { createLogisticObjective, type PenalisedObjective } from './logistic-objective.js';
import { minimiseByNewton } from './newton.js';
import {
  columnStandardization,
  noStandardization,
  type Standardization,
} from './standardization.js';

/** Features and classes of the same users, in the same order. */
export interface LabelledFeatures extends FeatureMatrix {
  /** `[rows]`, the class of each user: 1 positive, 0 negative. */
  readonly labels: ArrayLike<number>;
}

/** Weights of a logistic model. */
export interface ProbeWeights {
  /** `[columns]`, of the standardised features. */
  readonly coefficients: ArrayLike<number>;
  /** Score of a user with mean features. */
  readonly intercept: number;
}

/** What to fit a probe on and how. */
export interface ProbeOptions extends LabelledFeatures {
  /** Inverse strength of the L2 penalty, as scikit-learn's `C`: small is strong. Default 1. */
  readonly C?: number;
  /** Standardise columns by the training rows' mean and population standard deviation. Default true. */
  readonly standardize?: boolean;
  /** The gradient norm to reach, see {@link fitLogisticProbe}. Default 1e-6. */
  readonly tolerance?: number;
  /** Newton steps before giving up. Default 100. */
  readonly maxIterations?: number;
  /** Start from another probe's coefficients: the result is the same, sooner. */
  readonly warmStart?: ProbeWeights;
}

/** A fitted logistic model: `score = intercept + sum_c coefficients[c] (x_c - mean[c]) / scale[c]`. */
export interface LogisticProbe extends ProbeWeights {
  /** `[columns]`, of the standardised features. */
  readonly coefficients: Float64Array;
  /** `[columns]`, of the training rows; zeros if not standardised. */
  readonly mean: Float64Array;
  /** `[columns]`, standard deviations of the training rows; 1 where constant or not standardised. */
  readonly scale: Float64Array;
  /** Newton steps taken. */
  readonly iterations: number;
  /** Norm of the gradient of the mean objective at the solution, always below the tolerance. */
  readonly gradientNorm: number;
}

/**
 * Fits a logistic regression with L2 penalty: the linear probe that embeddings are judged by.
 *
 * Minimises scikit-learn's objective, in which the intercept is not penalised,
 *
 * `F(w, b) = C sum_i log(1 + exp(-s_i (w . z_i + b))) + 1/2 |w|^2`, `s_i = 2 y_i - 1`,
 *
 * `z_i` the standardised features of row `i`; a constant column has `z = 0` and so coefficient 0. Newton's
 * method, its factored Hessians improved by BFGS, with a line search runs until rounding stops it. `gradientNorm` is the
 * Euclidean norm of the gradient of `F / (C rows)` by `w` and `b`, that is, on the scale of the mean log loss,
 * so that one tolerance serves any number of rows; usually it ends near 1e-15. Separable classes are no
 * trouble: the penalty keeps the optimum finite.
 *
 * @throws {@link ConvergenceError} if the gradient norm did not fall below the tolerance
 * @throws {@link InputError} if a class is missing, a label is not 0 or 1, or a feature is not finite
 * @throws {@link ShapeError} if `features` or `labels` does not have `rows` rows
 * @example
 * ```ts
 * const probe = fitLogisticProbe({ features, rows, columns: 128, labels, C: 0.1 });
 * const scores = probeScores(probe, { features: others, rows: 500, columns: 128 });
 * ```
 */
export function fitLogisticProbe(options: ProbeOptions): LogisticProbe {
  return solvedProbe(probeObjective(options), options).probe;
}

/**
 * Fits one probe after the other, from the strongest penalty to the weakest: each starts from the one
 * before and its Hessian, so that many cost little more than one.
 */
export function fitLogisticProbes(
  options: Omit<ProbeOptions, 'C' | 'warmStart'>,
  strengths: readonly number[],
): readonly LogisticProbe[] {
  for (const C of strengths) requirePositive('C', C);
  const ascending = strengths.toSorted((a, b) => a - b);
  const problem = probeObjective(options);
  let former: SolvedProbe | undefined;
  return ascending.map((C) => {
    const objective = problem.objective.withPenalty(penaltyOf(C, options.rows));
    former = solvedProbe(
      { ...problem, objective },
      { ...options, ...(former && { warmStart: former.probe }) },
      former?.curvature,
    );
    return former.probe;
  });
}

interface SolvedProbe {
  readonly probe: LogisticProbe;
  /** Curvature near the solution, for the next one. */
  readonly curvature: Float64Array | undefined;
}

function solvedProbe(
  { objective, standardization, classes }: ProbeProblem,
  options: Pick<ProbeOptions, 'columns' | 'warmStart' | 'tolerance' | 'maxIterations'>,
  curvature?: Float64Array,
): SolvedProbe {
  const { columns, warmStart, tolerance = 1e-6, maxIterations = 100 } = options;
  requirePositive('tolerance', tolerance);
  requirePositive('maxIterations', maxIterations);
  const start =
    warmStart === undefined
      ? packWeights({
          coefficients: new Float64Array(columns),
          intercept: Math.log(classes.positives / classes.negatives),
        })
      : packWeights(warmStart, columns);
  const minimum = minimiseByNewton(objective, { start, maxIterations, curvature });
  const { point, iterations, settled } = minimum;
  const { gradientNorm } = point;
  if (!settled || !(gradientNorm < tolerance)) {
    throw new ConvergenceError({
      where: 'fitLogisticProbe',
      iterations,
      gradientNorm,
      tolerance,
      fix: settled
        ? 'Rounding stands in the way: standardise the features, lower C or raise the tolerance'
        : 'Raise maxIterations, standardise the features or lower C',
    });
  }
  const probe = {
    coefficients: point.weights.slice(0, columns),
    intercept: point.weights[columns]!,
    ...standardization,
    iterations,
    gradientNorm,
  };
  return { probe, curvature: minimum.curvature };
}

/**
 * Scores users with a probe: the log odds of the positive class, `[rows]`.
 *
 * @throws {@link ShapeError} if the features do not have the probe's columns
 * @throws {@link InputError} if a feature is not finite
 */
export function probeScores(
  probe: Omit<LogisticProbe, 'iterations' | 'gradientNorm'>,
  matrix: FeatureMatrix,
): Float64Array {
  const { features, rows, columns } = matrix;
  requireMatrix(matrix, { where: 'features' });
  const { coefficients, intercept, mean, scale } = probe;
  if (columns !== coefficients.length) {
    throw new ShapeError('probeScores', ['rows', coefficients.length], [rows, columns]);
  }
  const scores = new Float64Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let score = intercept;
    for (let c = 0; c < columns; c++, at++) {
      score += (coefficients[c]! * (features[at]! - mean[c]!)) / scale[c]!;
    }
    scores[r] = score;
  }
  return scores;
}

interface ProbeProblem {
  readonly objective: PenalisedObjective;
  readonly standardization: Standardization;
  readonly classes: ClassCounts;
}

/** The weight of the penalty beside the mean log loss. */
const penaltyOf = (C: number, rows: number): number => 1 / (C * rows);

/** Validates the options and sets up what a fit minimises. */
export function probeObjective(options: ProbeOptions): ProbeProblem {
  const { labels, rows, columns, C = 1, standardize = true } = options;
  requireMatrix(options, { where: 'features' });
  if (labels.length !== rows) throw new ShapeError('labels', [rows], [labels.length]);
  requirePositive('C', C);
  const classes = countBothClasses(labels);
  const standardization = standardize ? columnStandardization(options) : noStandardization(columns);
  const penalty = penaltyOf(C, rows);
  const objective = createLogisticObjective(options, { labels, standardization, penalty });
  return { objective, standardization, classes };
}

/** Coefficients and intercept as the objective takes them, `[columns + 1]`. */
export function packWeights(
  { coefficients, intercept }: ProbeWeights,
  columns = coefficients.length,
): Float64Array {
  if (coefficients.length !== columns) {
    throw new ShapeError('coefficients', [columns], [coefficients.length]);
  }
  const weights = new Float64Array(columns + 1);
  weights.set(coefficients);
  weights[columns] = intercept;
  return weights;
}

import { factorCholesky, solveCholesky } from '../linear-algebra/cholesky.js';
import { createInverseHessian, dot, type InverseHessian } from './inverse-hessian.js';
import type { LogisticObjective, ObjectivePoint } from './logistic-objective.js';

/** Where the minimiser stopped and how. */
export interface Minimum {
  /** The best point. */
  readonly point: ObjectivePoint;
  /** Steps taken. */
  readonly iterations: number;
  /** Whether it stopped because nothing was left to gain rather than for want of iterations. */
  readonly settled: boolean;
  /** The newest curvature matrix that was made, near the best point. */
  readonly curvature: Float64Array | undefined;
}

/** A step this small beside the weights is below what later digits of the solution could show. */
const smallestStep = 1e-12;

/** A predicted decrease this small beside the objective is lost in its rounding. */
const valueRounding = 1e-13;

/**
 * Newton's method with a backtracking line search (Nocedal and Wright 2006, sections 3.1 and 3.4), its
 * factored Hessian kept and improved by BFGS while steps with it converge quickly enough: making one costs
 * as much as many gradients. It stops at rounding: when a step no longer changes the weights or a fresh
 * Hessian brings no progress.
 *
 * @param options - `curvature`: {@link LogisticObjective.curvatureAt} of a point near the start, by which
 *   the first Hessian need not be made
 */
export function minimiseByNewton(
  objective: LogisticObjective,
  options: {
    readonly start: Float64Array;
    readonly maxIterations: number;
    readonly curvature?: Float64Array | undefined;
  },
): Minimum {
  const keepBelow = slowestKept(options.start.length);
  let { curvature } = options;
  let point = objective.pointAt(options.start);
  let inverse: InverseHessian | undefined;
  let isFresh = false;
  const ended = (settled: boolean, iterations: number): Minimum => ({
    point,
    iterations,
    settled,
    curvature,
  });
  if (curvature) inverse = createInverseHessian(factorHessian(objective, curvature));
  for (let iterations = 0; iterations < options.maxIterations; iterations++) {
    if (point.gradientNorm === 0) return ended(true, iterations);
    if (inverse === undefined) {
      curvature = objective.curvatureAt(point);
      inverse = createInverseHessian(factorHessian(objective, curvature));
      isFresh = true;
    }
    const step = inverse.times(point.gradient).map((entry) => -entry);
    const next = searchAlong(objective, { point, step });
    if (next === undefined) {
      if (isFresh || point.gradientNorm <= gradientRounding(point)) return ended(true, iterations);
      inverse = undefined;
      continue;
    }
    const cut = next.gradientNorm / point.gradientNorm;
    const taken = difference(next.weights, point.weights);
    const moved = Math.sqrt(dot(taken, taken) / dot(next.weights, next.weights));
    inverse.learn(taken, difference(next.gradient, point.gradient));
    isFresh = false;
    point = next;
    if (moved <= smallestStep) return ended(true, iterations + 1);
    if (!(cut < keepBelow)) inverse = undefined;
  }
  return ended(false, options.maxIterations);
}

/** The full Newton step from a point, with the Hessian made there. */
export function newtonStep(objective: LogisticObjective, point: ObjectivePoint): Float64Array {
  const factor = factorHessian(objective, objective.curvatureAt(point));
  const step = point.gradient.map((slope) => -slope);
  solveCholesky(factor, step);
  return step;
}

/**
 * The share of the gradient that steps with a kept Hessian may leave: a fresh one leaves about a hundredth
 * and costs as much as `size / 30` gradients, in which so many kept steps would leave as much.
 */
const slowestKept = (size: number): number => 0.01 ** (1 / (1 + size / 30));

/** What rounding leaves of a gradient's norm, its entries being means of numbers of the order of 1. */
const gradientRounding = ({ gradient }: ObjectivePoint): number =>
  8 * Number.EPSILON * Math.sqrt(gradient.length);

/** The first point along the step, halving its length, that is low enough; undefined if rounding hides any. */
function searchAlong(
  objective: LogisticObjective,
  { point, step }: { readonly point: ObjectivePoint; readonly step: Float64Array },
): ObjectivePoint | undefined {
  const slope = dot(step, point.gradient);
  if (!(slope < 0)) return undefined;
  for (let length = 1; ; length /= 2) {
    const next = objective.pointAt(point.weights.map((w, i) => w + length * step[i]!));
    if (-slope * length <= valueRounding * point.value) {
      return next.gradientNorm < 0.5 * point.gradientNorm ? next : undefined;
    }
    if (next.value <= point.value + 1e-4 * length * slope) return next;
  }
}

/** Cholesky factor of the Hessian, with as much added to the diagonal as it needs to have one. */
function factorHessian(objective: LogisticObjective, curvature: Float64Array): Float64Array {
  const hessian = objective.hessianOf(curvature);
  const size = Math.sqrt(hessian.length);
  let largest = Number.MIN_VALUE;
  for (let i = 0; i < size; i++) largest = Math.max(largest, hessian[i * size + i]!);
  for (let added = 0; ; added = added === 0 ? 1e-14 * largest : added * 10) {
    const factor = hessian.slice();
    for (let i = 0; i < size; i++) factor[i * size + i] = factor[i * size + i]! + added;
    if (factorCholesky(factor, size)) return factor;
    // Only features so large that the Hessian overflowed get here; the search then finds no way down.
    if (!Number.isFinite(added)) return factor;
  }
}

const difference = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((entry, i) => entry - b[i]!);

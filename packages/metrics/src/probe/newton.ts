import { factorCholesky, solveCholesky } from '../linear-algebra/cholesky.js';
import type { LogisticObjective, ObjectivePoint } from './logistic-objective.js';

/** Where the minimiser stopped and how. */
export interface Minimum {
  /** The best point. */
  readonly point: ObjectivePoint;
  /** Steps taken. */
  readonly iterations: number;
  /** Whether it stopped because nothing was left to gain rather than for want of iterations. */
  readonly settled: boolean;
}

/** A step this small beside the weights is below what later digits of the solution could show. */
const smallestStep = 1e-12;

/** A predicted decrease this small beside the objective is lost in its rounding. */
const valueRounding = 1e-13;

/** As long as a factored Hessian cuts the gradient to this share at each step, it is kept. */
const keepFactorBelow = 0.2;

/**
 * Newton's method with a backtracking line search (Nocedal and Wright 2006, sections 3.1 and 3.4).
 *
 * A factored Hessian serves several steps while they converge quickly, since making one costs about
 * `columns / 40` gradients. It stops at rounding: when a step no longer changes the weights or a fresh
 * Hessian brings no progress.
 */
export function minimiseByNewton(
  objective: LogisticObjective,
  options: { readonly start: Float64Array; readonly maxIterations: number },
): Minimum {
  let point = objective.pointAt(options.start);
  let factor: Float64Array | undefined;
  for (let iterations = 0; iterations < options.maxIterations; iterations++) {
    if (point.gradientNorm === 0) return { point, iterations, settled: true };
    const fresh = factor === undefined;
    factor ??= factorHessian(objective, point);
    const step = descentStep(factor, point);
    const next = searchAlong(objective, { point, step });
    if (next === undefined) {
      if (fresh) return { point, iterations, settled: true };
      factor = undefined;
      continue;
    }
    const cut = next.gradientNorm / point.gradientNorm;
    const moved = Math.sqrt(dot(step, step) / dot(next.weights, next.weights));
    point = next;
    if (moved <= smallestStep) return { point, iterations: iterations + 1, settled: true };
    if (!(cut < keepFactorBelow)) factor = undefined;
  }
  return { point, iterations: options.maxIterations, settled: false };
}

/** The full Newton step from a point, with the Hessian made there. */
export function newtonStep(objective: LogisticObjective, point: ObjectivePoint): Float64Array {
  return descentStep(factorHessian(objective, point), point);
}

function descentStep(factor: Float64Array, point: ObjectivePoint): Float64Array {
  const step = point.gradient.map((slope) => -slope);
  solveCholesky(factor, step);
  return step;
}

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
function factorHessian(objective: LogisticObjective, point: ObjectivePoint): Float64Array {
  const hessian = objective.hessianAt(point);
  const size = point.weights.length;
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

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

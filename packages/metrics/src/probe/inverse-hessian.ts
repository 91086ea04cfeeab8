import { solveCholesky } from '../linear-algebra/cholesky.js';

/** An estimate of a Hessian's inverse that learns from the steps taken with it. */
export interface InverseHessian {
  /** The estimate's product with a vector, `[size]`. */
  times(vector: Float64Array): Float64Array;
  /** Takes in how the gradient changed along a step. */
  learn(step: Float64Array, gradientChange: Float64Array): void;
}

/** Steps that are remembered, the newest ones. */
const memory = 24;

interface Learnt {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** One over their product. */
  readonly rate: number;
}

/**
 * The limited-memory BFGS estimate by the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4),
 * begun from a factored Hessian of some point near by in place of a multiple of the identity.
 *
 * @param factor - Cholesky factor of that Hessian, `[size, size]`
 */
export function createInverseHessian(factor: Float64Array): InverseHessian {
  const learnt: Learnt[] = [];
  return {
    times(vector) {
      const product = vector.slice();
      const shares = learnt.toReversed().map(({ step, change, rate }) => {
        const share = rate * dot(step, product);
        addScaled(product, -share, change);
        return share;
      });
      solveCholesky(factor, product);
      for (const [i, { step, change, rate }] of learnt.entries()) {
        const share = shares[shares.length - 1 - i]!;
        addScaled(product, share - rate * dot(change, product), step);
      }
      return product;
    },
    learn(step, change) {
      const product = dot(step, change);
      // Convex, so positive but for rounding.
      if (!(product > 0)) return;
      learnt.push({ step, change, rate: 1 / product });
      if (learnt.length > memory) learnt.shift();
    },
  };
}

/** The sum of the products of two vectors' entries. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + factor * vector[i]!;
}

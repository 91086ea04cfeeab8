import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import { add } from './add.js';
import { exp } from './exp.js';
import { log } from './log.js';
import { reduceMax } from './reduce-max.js';
import { reduceSum } from './reduce-sum.js';
import { stopGradient } from './stop-gradient.js';
import { subtract } from './subtract.js';

/**
 * Logarithm of a sum of exponentials over the last axis, which stays: `y = log sum_j e^(x_j)`.
 *
 * Exponentials are taken of the distances to the largest element, so none of them overflows.
 *
 * @param x - `[..., n]`
 * @returns `[..., 1]`
 * @throws {@link ShapeError} if `x` is a scalar
 */
export function logSumExp(x: Tensor): Tensor {
  if (x.shape.length === 0) throw new ShapeError('logSumExp', ['...', 'n'], x.shape);
  const last = { axes: [-1], keepDimensions: true };
  const largest = stopGradient(reduceMax(x, last));
  return add(largest, log(reduceSum(exp(subtract(x, largest)), last)));
}

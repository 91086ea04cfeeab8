import { add, divide, multiply, reduceSum, sqrt, type Tensor } from '@q-anchor/graph';

/** Keeps the length of a zero vector from dividing. */
const tiny = 1e-24;

/**
 * Rows scaled to length 1.
 *
 * @param x - `[rows, n]`
 */
export function normalised(x: Tensor): Tensor {
  const squares = reduceSum(multiply(x, x), { axes: [-1], keepDimensions: true });
  return divide(x, sqrt(add(squares, tiny)));
}

import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { multiply } from './multiply.js';
import { subtract } from './subtract.js';

const op = unaryOp('tanh', 'Tanh', (_x, y, d) => multiply(d, subtract(1, multiply(y, y))));

/**
 * Hyperbolic tangent.
 *
 * @param x - `[...]`
 */
export function tanh(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

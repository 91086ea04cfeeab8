import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { multiply } from './multiply.js';
import { subtract } from './subtract.js';

const op = unaryOp('sigmoid', 'Sigmoid', (_x, y, d) => multiply(d, multiply(y, subtract(1, y))));

/**
 * Logistic function, `1 / (1 + e^-x)`.
 *
 * @param x - `[...]`
 */
export function sigmoid(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

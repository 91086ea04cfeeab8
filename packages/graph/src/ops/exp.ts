import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { multiply } from './multiply.js';

const op = unaryOp('exp', 'Exp', (_x, y, d) => multiply(d, y));

/**
 * `e^x`.
 *
 * @param x - `[...]`
 */
export function exp(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

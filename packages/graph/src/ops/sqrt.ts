import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { divide } from './divide.js';
import { multiply } from './multiply.js';

const op = unaryOp('sqrt', 'Sqrt', (_x, y, d) => divide(multiply(d, 0.5), y));

/**
 * Square root.
 *
 * @param x - `[...]`
 */
export function sqrt(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

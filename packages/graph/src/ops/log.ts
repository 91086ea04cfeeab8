import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { divide } from './divide.js';

const op = unaryOp('log', 'Log', (x, _y, d) => divide(d, x));

/**
 * Natural logarithm.
 *
 * @param x - `[...]`
 */
export function log(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

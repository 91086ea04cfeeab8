import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';

const op = unaryOp('negate', 'Neg', (_x, _y, d) => negate(d));

/**
 * `-x`.
 *
 * @param x - `[...]`
 */
export function negate(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';
import { cast } from './cast.js';
import { greater } from './greater.js';
import { multiply } from './multiply.js';

const op = unaryOp('relu', 'Relu', (_x, y, d) => multiply(d, cast(greater(y, 0), d.dtype)));

/**
 * `max(x, 0)`; the gradient at 0 is 0.
 *
 * @param x - `[...]`
 */
export function relu(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

import type { Tensor } from '../ir/graph.js';
import { unaryOp } from './elementwise.js';

const op = unaryOp('stopGradient', 'Identity');

/**
 * `x` itself, through which no gradient flows.
 *
 * @param x - `[...]`
 */
export function stopGradient(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

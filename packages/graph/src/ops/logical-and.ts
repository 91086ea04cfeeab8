import type { Tensor } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';

const op = binaryOp('logicalAnd', 'And', { dtype: 'bool' });

/**
 * `a∧b` of booleans, broadcasting; no gradient.
 *
 * @param a - `bool [...]`
 * @param b - `bool [...]`
 */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return a.graph.apply(op, [a, b], undefined)[0]!;
}

import { checkType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';

const op = binaryOp('logicalOr', 'Or', { dtype: 'bool' });

/**
 * `a∨b` of booleans, broadcasting; no gradient.
 *
 * @param a - `bool [...]`
 * @param b - `bool [...]`
 * @throws {@link InputError} if they are not boolean
 */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  for (const x of [a, b]) checkType('logicalOr', [x, 'bool']);
  return a.graph.apply(op, [a, b], undefined)[0]!;
}

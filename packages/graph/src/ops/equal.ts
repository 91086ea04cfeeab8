import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';

const op = binaryOp('equal', 'Equal', { dtype: 'bool' });

/**
 * Whether `a==b`, element by element, broadcasting; `bool`, no gradient.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function equal(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('equal', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

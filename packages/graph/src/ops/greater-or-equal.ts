import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';

const op = binaryOp('greaterOrEqual', 'GreaterOrEqual', { dtype: 'bool' });

/**
 * Whether `a>=b`, element by element, broadcasting; `bool`, no gradient.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function greaterOrEqual(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('greaterOrEqual', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

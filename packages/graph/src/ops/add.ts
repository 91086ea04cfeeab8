import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';

const op = binaryOp('add', 'Add', { vjp: (_operands, _output, d) => [() => d, () => d] });

/**
 * `a + b`, broadcasting.
 *
 * @param a - `[...]`
 * @param b - `[...]`, or a number
 */
export function add(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('add', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

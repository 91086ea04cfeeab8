import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';

const op = binaryOp('multiply', 'Mul', {
  vjp: ([a, b], _output, d) => [() => multiply(d, b), () => multiply(d, a)],
});

/**
 * `a * b`, broadcasting.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function multiply(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('multiply', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

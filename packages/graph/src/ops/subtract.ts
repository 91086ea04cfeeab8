import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';
import { negate } from './negate.js';

const op = binaryOp('subtract', 'Sub', {
  vjp: (_operands, _output, d) => [() => d, () => negate(d)],
});

/**
 * `a - b`, broadcasting.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function subtract(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('subtract', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

import type { Tensor } from '../ir/graph.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';

const op = binaryOp('divide', 'Div', {
  vjp: ([, b], y, d) => [() => divide(d, b), () => negate(divide(multiply(d, y), b))],
});

/**
 * `a / b`, broadcasting.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function divide(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('divide', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

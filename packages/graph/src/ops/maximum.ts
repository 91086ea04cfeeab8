import type { Tensor } from '../ir/graph.js';
import { cast } from './cast.js';
import { binaryOp, operandsOf, type Operand } from './elementwise.js';
import { greater } from './greater.js';
import { multiply } from './multiply.js';
import { subtract } from './subtract.js';

const op = binaryOp('maximum', 'Max', {
  vjp: ([a, b], _output, d) => {
    const first = () => cast(greater(a, b), d.dtype);
    return [() => multiply(d, first()), () => multiply(d, subtract(1, first()))];
  },
});

/**
 * The larger of `a` and `b`, broadcasting; at a tie the gradient goes to `b`.
 *
 * @param a - `[...]`, or a number
 * @param b - `[...]`, or a number
 */
export function maximum(a: Operand, b: Operand): Tensor {
  const operands = operandsOf('maximum', [a, b]);
  return operands[0].graph.apply(op, operands, undefined)[0]!;
}

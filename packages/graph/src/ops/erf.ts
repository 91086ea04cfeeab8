import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { exp } from './exp.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';

const op: OpDefinition = {
  name: 'erf',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (writer, { inputs, outputs }) => void writer.emit('Erf', inputs, { outputs }),
  vjp: ({ inputs, gradients }) => {
    const x = inputs[0]!;
    const slope = multiply(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI));
    return [multiply(gradients[0]!, slope)];
  },
};

/**
 * Error function, `2 / sqrt(pi) * integral of e^(-t^2) from 0 to x`.
 *
 * @param x - `[...]`
 */
export function erf(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

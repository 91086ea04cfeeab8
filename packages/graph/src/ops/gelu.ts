import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { add } from './add.js';
import { emitErf, erf } from './erf.js';
import { exp } from './exp.js';
import { multiply } from './multiply.js';

const op: OpDefinition = {
  name: 'gelu',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower(writer, { inputs, outputs, node }) {
    const { dtype } = node.outputs[0]!;
    if (dtype === 'float32') {
      writer.emit('Gelu', inputs, { outputs });
      return;
    }
    const number = (value: number): string => writer.scalar(value, dtype);
    const scaled = writer.emit('Mul', [inputs[0]!, number(Math.SQRT1_2)]);
    const one = writer.emit('Add', [emitErf(writer, { input: scaled, dtype }), number(1)]);
    const half = writer.emit('Mul', [inputs[0]!, number(0.5)]);
    writer.emit('Mul', [half, one], { outputs });
  },
  vjp: ({ inputs, gradients }) => {
    const x = inputs[0]!;
    const cumulative = add(multiply(erf(multiply(x, Math.SQRT1_2)), 0.5), 0.5);
    const density = multiply(exp(multiply(multiply(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [multiply(gradients[0]!, add(cumulative, multiply(x, density)))];
  },
};

/**
 * Gaussian error linear unit, exact: `x * (1 + erf(x / sqrt(2))) / 2`.
 *
 * @param x - `[...]`
 */
export function gelu(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

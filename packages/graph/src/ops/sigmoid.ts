import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { multiply } from './multiply.js';
import { subtract } from './subtract.js';

const op: OpDefinition = {
  name: 'sigmoid',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower(writer, { inputs, outputs, node }) {
    const { dtype } = node.outputs[0]!;
    if (dtype !== 'float64') {
      writer.emit('Sigmoid', inputs, { outputs });
      return;
    }
    // ONNX Runtime fuses x * Sigmoid(x) into QuickGelu, which it cannot run in float64.
    const one = writer.scalar(1, dtype);
    const decay = writer.emit('Exp', [writer.emit('Neg', inputs)]);
    writer.emit('Div', [one, writer.emit('Add', [one, decay])], { outputs });
  },
  vjp: ({ outputs, gradients }) => {
    const y = outputs[0]!;
    return [multiply(gradients[0]!, multiply(y, subtract(1, y)))];
  },
};

/**
 * Logistic function, `1 / (1 + e^-x)`.
 *
 * @param x - `[...]`
 */
export function sigmoid(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

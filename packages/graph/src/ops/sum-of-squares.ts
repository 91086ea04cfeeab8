import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { multiply } from './multiply.js';

const op: OpDefinition = {
  name: 'sumOfSquares',
  infer: ([x]) => [{ dtype: x!.dtype, shape: [] }],
  lower: (writer, { inputs, outputs }) =>
    void writer.emit('ReduceSumSquare', inputs, { outputs, attributes: { keepdims: 0 } }),
  vjp: ({ inputs, gradients }) => [multiply(inputs[0]!, multiply(gradients[0]!, 2))],
};

/**
 * Sum of the squares of all elements, a scalar.
 *
 * @param x - `[...]`
 */
export function sumOfSquares(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { subtract } from './subtract.js';

const op: OpDefinition = {
  name: 'softmax',
  infer: ([x]) => {
    if (x!.shape.length === 0) throw new ShapeError('softmax', ['...', 'n'], x!.shape);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  lower: (writer, { inputs, outputs }) =>
    void writer.emit('Softmax', inputs, { outputs, attributes: { axis: -1 } }),
  vjp: ({ outputs, gradients }) => {
    const y = outputs[0]!;
    const d = gradients[0]!;
    const mean = reduceSum(multiply(d, y), { axes: [-1], keepDimensions: true });
    return [multiply(y, subtract(d, mean))];
  },
};

/**
 * Softmax over the last axis: `y_i = e^(x_i) / sum_j e^(x_j)`.
 *
 * @param x - `[..., n]`
 * @throws {@link ShapeError} if `x` is a scalar
 */
export function softmax(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

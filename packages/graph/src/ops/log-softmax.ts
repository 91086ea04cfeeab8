import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { exp } from './exp.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { subtract } from './subtract.js';

const op: OpDefinition = {
  name: 'logSoftmax',
  infer: ([x]) => {
    if (x!.shape.length === 0) throw new ShapeError('logSoftmax', ['...', 'n'], x!.shape);
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  lower: (writer, { inputs, outputs }) =>
    void writer.emit('LogSoftmax', inputs, { outputs, attributes: { axis: -1 } }),
  vjp: ({ outputs, gradients }) => {
    const d = gradients[0]!;
    const total = reduceSum(d, { axes: [-1], keepDimensions: true });
    return [subtract(d, multiply(exp(outputs[0]!), total))];
  },
};

/**
 * Logarithm of the softmax over the last axis: `y_i = x_i - log sum_j e^(x_j)`.
 *
 * @param x - `[..., n]`
 * @throws {@link ShapeError} if `x` is a scalar
 */
export function logSoftmax(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}

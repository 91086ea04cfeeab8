import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';

const op: OpDefinition<{ readonly order: readonly number[] }> = {
  name: 'transpose',
  infer: ([x], { order }) => {
    const isPermutation = order.toSorted((a, b) => a - b).every((axis, i) => axis === i);
    if (order.length !== x!.shape.length || !isPermutation) {
      throw new ShapeError('transpose', order, x!.shape);
    }
    return [{ dtype: x!.dtype, shape: order.map((axis) => x!.shape[axis]!) }];
  },
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('Transpose', inputs, { outputs, attributes: { perm: attributes.order } }),
  vjp: ({ gradients, attributes: { order } }) => [
    transpose(
      gradients[0]!,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
};

/**
 * Axes in another order.
 *
 * @param x - `[...]`
 * @param order - for each axis of the result, the axis of `x` it is
 * @throws {@link ShapeError} if `order` is no permutation of the axes
 */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  return order.every((axis, i) => axis === i) && order.length === x.shape.length
    ? x
    : x.graph.apply(op, [x], { order })[0]!;
}

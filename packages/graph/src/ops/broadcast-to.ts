import { ShapeError } from '@q-anchor/core';

import { broadcastShape } from '../ir/broadcast.js';
import { canonical } from '../ir/dimension.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { unbroadcast } from './elementwise.js';

const op: OpDefinition<{ readonly shape: Shape }> = {
  name: 'broadcastTo',
  infer: ([x], { shape }) => {
    const joint = broadcastShape('broadcastTo', [x!.shape, shape]);
    if (joint.length !== shape.length || joint.some((d, i) => d !== shape[i])) {
      throw new ShapeError('broadcastTo', shape, x!.shape);
    }
    return [{ dtype: x!.dtype, shape }];
  },
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('Expand', [inputs[0]!, writer.shape(attributes.shape)], { outputs }),
  vjp: ({ inputs, gradients }) => [unbroadcast(gradients[0]!, inputs[0]!)],
};

/**
 * `x` repeated to a larger shape.
 *
 * @param x - a shape that broadcasts to `shape`
 * @param shape - the shape wanted
 * @throws {@link ShapeError} if `x` does not broadcast to it
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const target = shape.map(canonical);
  const isSame = x.shape.length === target.length && x.shape.every((d, i) => d === target[i]);
  return isSame ? x : x.graph.apply(op, [x], { shape: target })[0]!;
}

import { broadcastShape } from '../ir/broadcast.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { unbroadcast } from './elementwise.js';

const op: OpDefinition<{ readonly shape: Shape }> = {
  name: 'broadcastTo',
  infer: ([x], { shape }) => [
    { dtype: x!.dtype, shape: broadcastShape('broadcastTo', [x!.shape, shape]) },
  ],
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('Expand', [inputs[0]!, writer.shape(attributes.shape)], { outputs }),
  vjp: ({ inputs, gradients }) => [unbroadcast(gradients[0]!, inputs[0]!)],
};

/**
 * `x` repeated to a larger shape.
 *
 * @param x - a shape that broadcasts to `shape`
 * @param shape - the shape wanted
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  const isSame = x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i]);
  return isSame ? x : x.graph.apply(op, [x], { shape })[0]!;
}

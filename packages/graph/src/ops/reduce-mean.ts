import { productOf } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { dimensionValue } from './dimension-value.js';
import { divide } from './divide.js';
import {
  reduceAttributes,
  reducedShape,
  spread,
  type ReduceAttributes,
  type ReduceOptions,
} from './reduce-sum.js';

const op: OpDefinition<ReduceAttributes> = {
  name: 'reduceMean',
  infer: ([x], attributes) => [{ dtype: x!.dtype, shape: reducedShape(x!.shape, attributes) }],
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('ReduceMean', [inputs[0]!, writer.int64(attributes.axes)], {
      outputs,
      attributes: { keepdims: attributes.keepDimensions ? 1 : 0 },
    }),
  vjp: ({ inputs, gradients, attributes }) => {
    const x = inputs[0]!;
    const count = productOf(...attributes.axes.map((axis) => x.shape[axis]!));
    const share = divide(gradients[0]!, dimensionValue(x.graph, count, x.dtype));
    return [spread(share, x, attributes)];
  },
};

/**
 * Mean over axes.
 *
 * @param x - `[...]`
 * @param options - which axes, and whether they stay
 * @throws {@link ShapeError} if there is no such axis
 */
export function reduceMean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const attributes = reduceAttributes('reduceMean', [x, options]);
  return attributes.axes.length === 0 ? x : x.graph.apply(op, [x], attributes)[0]!;
}

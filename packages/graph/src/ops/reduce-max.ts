import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import {
  reduceAttributes,
  reducedShape,
  type ReduceAttributes,
  type ReduceOptions,
} from './reduce-sum.js';

const op: OpDefinition<ReduceAttributes> = {
  name: 'reduceMax',
  infer: ([x], attributes) => [{ dtype: x!.dtype, shape: reducedShape(x!.shape, attributes) }],
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('ReduceMax', [inputs[0]!, writer.int64(attributes.axes)], {
      outputs,
      attributes: { keepdims: attributes.keepDimensions ? 1 : 0 },
    }),
};

/**
 * Largest element over axes; no gradient (it serves to keep exponentials in range).
 *
 * @param x - `[...]`
 * @param options - which axes, and whether they stay
 * @throws {@link ShapeError} if there is no such axis
 */
export function reduceMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  const attributes = reduceAttributes('reduceMax', [x, options]);
  return attributes.axes.length === 0 ? x : x.graph.apply(op, [x], attributes)[0]!;
}

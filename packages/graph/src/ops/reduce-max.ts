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
 */
export function reduceMax(x: Tensor, options: ReduceOptions = {}): Tensor {
  return x.graph.apply(op, [x], reduceAttributes(x, options))[0]!;
}

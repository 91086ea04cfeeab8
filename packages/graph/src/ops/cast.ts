import { isFloat, type DType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { onnxType } from '../onnx/wire.js';

const op: OpDefinition<{ readonly dtype: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('Cast', inputs, { outputs, attributes: { to: onnxType[attributes.dtype] } }),
  vjp: ({ inputs, gradients }) => [
    isFloat(inputs[0]!.dtype) ? cast(gradients[0]!, inputs[0]!.dtype) : undefined,
  ],
};

/**
 * The same values in another element type; the gradient flows between float types.
 *
 * @param x - `[...]`
 * @param dtype - the element type wanted
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : x.graph.apply(op, [x], { dtype })[0]!;
}

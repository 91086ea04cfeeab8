import { ShapeError } from '@q-anchor/core';

import { canonical, productOf } from '../ir/dimension.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';

const op: OpDefinition<{ readonly shape: Shape }> = {
  name: 'reshape',
  infer: ([x], { shape }) => {
    if (productOf(...x!.shape) !== productOf(...shape)) {
      throw new ShapeError('reshape', shape, x!.shape);
    }
    return [{ dtype: x!.dtype, shape }];
  },
  lower(writer, { inputs, outputs, attributes: { shape } }) {
    const open = shape.filter((dimension) => typeof dimension === 'string');
    // One unknown size can be left to the runtime, unless a zero elsewhere makes it undefined.
    const target =
      open.length === 1 && !shape.includes(0)
        ? writer.int64(shape.map((dimension) => (typeof dimension === 'string' ? -1 : dimension)))
        : writer.shape(shape);
    writer.emit('Reshape', [inputs[0]!, target], { outputs, attributes: { allowzero: 1 } });
  },
  vjp: ({ inputs, gradients }) => [reshape(gradients[0]!, inputs[0]!.shape)],
};

/**
 * The same elements under another shape.
 *
 * @param x - `[...]`
 * @param shape - sizes with the same product
 * @throws {@link ShapeError} if the products differ
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = shape.map(canonical);
  const isSame = target.length === x.shape.length && target.every((d, i) => d === x.shape[i]);
  return isSame ? x : x.graph.apply(op, [x], { shape: target })[0]!;
}

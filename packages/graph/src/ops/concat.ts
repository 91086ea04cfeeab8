import { ShapeError } from '@q-anchor/core';

import { axisOf } from '../ir/broadcast.js';
import { sumOf, type Dimension } from '../ir/dimension.js';
import { checkOneType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { slice } from './slice.js';

const op: OpDefinition<{ readonly axis: number }> = {
  name: 'concat',
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    checkOneType('concat', inputs);
    for (const x of inputs) {
      const fits =
        x.shape.length === first!.shape.length &&
        x.shape.every((d, i) => i === axis || d === first!.shape[i]);
      if (!fits) throw new ShapeError('concat', first!.shape, x.shape);
    }
    const total = sumOf(...inputs.map((x) => x.shape[axis]!));
    return [{ dtype: first!.dtype, shape: first!.shape.map((d, i) => (i === axis ? total : d)) }];
  },
  lower: (writer, { inputs, outputs, attributes: { axis } }) =>
    void writer.emit('Concat', inputs, { outputs, attributes: { axis } }),
  vjp: ({ inputs, gradients, attributes: { axis }, needed }) => {
    let start: Dimension = 0;
    return inputs.map((x, i) => {
      const end = sumOf(start, x.shape[axis]!);
      const part = needed[i] ? slice(gradients[0]!, { axis, start, end }) : undefined;
      start = end;
      return part;
    });
  },
};

/**
 * Tensors one after the other along an axis.
 *
 * @param tensors - at least one, of equal shape but for the axis
 * @param axis - the axis, negative from the end
 * @throws {@link ShapeError} if the other axes differ, or there is no such axis
 * @throws {@link InputError} if the types differ
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('concat', ['at least one tensor'], []);
  const fromFront = axisOf('concat', [axis, first.shape]);
  return tensors.length === 1 ? first : first.graph.apply(op, tensors, { axis: fromFront })[0]!;
}

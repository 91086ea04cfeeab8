import { ShapeError } from '@q-anchor/core';

import { axisOf } from '../ir/broadcast.js';
import { sumOf, type Dimension } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { slice } from './slice.js';

/** How much is put around a tensor along one axis. */
export interface PadOptions {
  /** The axis, negative from the end. */
  readonly axis: number;
  /** Zeros before it. */
  readonly before: Dimension;
  /** Zeros after it. */
  readonly after: Dimension;
}

const op: OpDefinition<PadOptions> = {
  name: 'pad',
  infer: ([x], { axis, before, after }) => [
    { dtype: x!.dtype, shape: x!.shape.map((d, i) => (i === axis ? sumOf(before, d, after) : d)) },
  ],
  lower(writer, { inputs, outputs, node, attributes: { axis, before, after } }) {
    const pads = writer.shape([before, after]);
    const zero = writer.scalar(0, node.outputs[0]!.dtype);
    writer.emit('Pad', [inputs[0]!, pads, zero, writer.int64([axis])], { outputs });
  },
  vjp: ({ inputs, gradients, attributes: { axis, before } }) => [
    slice(gradients[0]!, { axis, start: before, end: sumOf(before, inputs[0]!.shape[axis]!) }),
  ],
};

/**
 * `x` with zeros around it along one axis.
 *
 * @param x - `[...]`
 * @param options - axis and how many zeros
 * @throws {@link ShapeError} if there is no such axis, or a number of zeros is negative
 */
export function pad(x: Tensor, options: PadOptions): Tensor {
  const axis = axisOf('pad', [options.axis, x.shape]);
  const { before, after } = options;
  for (const amount of [before, after]) {
    if (typeof amount === 'number' && amount < 0) {
      throw new ShapeError('pad', ['zeros before', 'zeros after'], [before, after]);
    }
  }
  return before === 0 && after === 0 ? x : x.graph.apply(op, [x], { axis, before, after })[0]!;
}

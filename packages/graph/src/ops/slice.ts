import { ShapeError } from '@q-anchor/core';

import { axisOf } from '../ir/broadcast.js';
import { differenceOf, type Dimension } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { pad } from './pad.js';

/** What a slice keeps. */
export interface SliceOptions {
  /** The axis, negative from the end. */
  readonly axis: number;
  /** First index kept. Default 0. */
  readonly start?: Dimension;
  /** First index left out. Default the axis's size. */
  readonly end?: Dimension;
}

interface Attributes {
  readonly axis: number;
  readonly start: Dimension;
  readonly end: Dimension;
}

const op: OpDefinition<Attributes> = {
  name: 'slice',
  infer: ([x], { axis, start, end }) => {
    const size = x!.shape[axis]!;
    // What is symbolic is unknown, but 'n' to 'n+1' of 'n' is outside whatever n is.
    const gaps = [start, differenceOf(end, start), differenceOf(size, end)];
    if (gaps.some((gap) => typeof gap === 'number' && gap < 0)) {
      throw new ShapeError('slice', [`${start} to ${end} on axis ${axis}`], x!.shape);
    }
    const shape = x!.shape.map((d, i) => (i === axis ? differenceOf(end, start) : d));
    return [{ dtype: x!.dtype, shape }];
  },
  lower: (writer, { inputs, outputs, attributes: { axis, start, end } }) =>
    void writer.emit(
      'Slice',
      [inputs[0]!, writer.dimension(start), writer.dimension(end), writer.int64([axis])],
      { outputs },
    ),
  vjp: ({ inputs, gradients, attributes: { axis, start, end } }) => [
    pad(gradients[0]!, { axis, before: start, after: differenceOf(inputs[0]!.shape[axis]!, end) }),
  ],
};

/**
 * A range along one axis.
 *
 * @param x - `[...]`
 * @param options - axis, start, end
 * @throws {@link ShapeError} if the range is not inside the axis
 */
export function slice(x: Tensor, options: SliceOptions): Tensor {
  const axis = axisOf('slice', [options.axis, x.shape]);
  const { start = 0, end = x.shape[axis]! } = options;
  return start === 0 && end === x.shape[axis]
    ? x
    : x.graph.apply(op, [x], { axis, start, end })[0]!;
}

import { InputError } from '@q-anchor/core';

import { axisOf } from '../ir/broadcast.js';
import type { Shape, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { broadcastTo } from './broadcast-to.js';
import { reshape } from './reshape.js';

/** Over which axes a reduction goes. */
export interface ReduceOptions {
  /** Axes to reduce, negative ones from the end; all by default. */
  readonly axes?: readonly number[];
  /** Whether reduced axes stay, with size 1. Default false. */
  readonly keepDimensions?: boolean;
}

/** A reduction's attributes with every axis counted from the front. */
export interface ReduceAttributes {
  readonly axes: readonly number[];
  readonly keepDimensions: boolean;
}

/** Attributes of a reduction of `x`. */
export function reduceAttributes(
  where: string,
  [x, options]: readonly [Tensor, ReduceOptions],
): ReduceAttributes {
  const { axes = x.shape.map((_, axis) => axis), keepDimensions = false } = options;
  const fromFront = axes.map((axis) => axisOf(where, [axis, x.shape]));
  if (new Set(fromFront).size !== axes.length) {
    throw new InputError({ where, expected: 'each axis once', found: `[${axes.join(', ')}]` });
  }
  return { axes: fromFront, keepDimensions };
}

/** Shape after a reduction. */
export function reducedShape(shape: Shape, { axes, keepDimensions }: ReduceAttributes): Shape {
  return keepDimensions
    ? shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** A reduced tensor spread again over the shape it was reduced from. */
export function spread(reduced: Tensor, like: Tensor, attributes: ReduceAttributes): Tensor {
  const kept = reducedShape(like.shape, { ...attributes, keepDimensions: true });
  return broadcastTo(attributes.keepDimensions ? reduced : reshape(reduced, kept), like.shape);
}

const op: OpDefinition<ReduceAttributes> = {
  name: 'reduceSum',
  infer: ([x], attributes) => [{ dtype: x!.dtype, shape: reducedShape(x!.shape, attributes) }],
  lower: (writer, { inputs, outputs, attributes }) =>
    void writer.emit('ReduceSum', [inputs[0]!, writer.int64(attributes.axes)], {
      outputs,
      attributes: { keepdims: attributes.keepDimensions ? 1 : 0 },
    }),
  vjp: ({ inputs, gradients, attributes }) => [spread(gradients[0]!, inputs[0]!, attributes)],
};

/**
 * Sum over axes.
 *
 * @param x - `[...]`
 * @param options - which axes, and whether they stay
 * @throws {@link ShapeError} if there is no such axis
 */
export function reduceSum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const attributes = reduceAttributes('reduceSum', [x, options]);
  return attributes.axes.length === 0 ? x : x.graph.apply(op, [x], attributes)[0]!;
}

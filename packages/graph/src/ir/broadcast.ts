import { ShapeError } from '@q-anchor/core';

import type { Shape } from './graph.js';

/**
 * The shape two shapes broadcast to: aligned at the right, equal sizes or 1.
 *
 * @param where - the op's name, for the error
 * @param shapes - the two shapes
 * @throws {@link ShapeError} if they do not fit
 */
export function broadcastShape(where: string, [a, b]: readonly [Shape, Shape]): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new ShapeError(where, a, b);
  });
}

/** The axes of `shape` along which something of shape `from` was repeated, and the axes added. */
export function broadcastAxes(from: Shape, shape: Shape): readonly number[] {
  const added = shape.length - from.length;
  return shape.flatMap((dimension, axis) => {
    const source = axis < added ? 1 : from[axis - added]!;
    const isRepeated = axis < added || (source === 1 && dimension !== 1);
    return isRepeated ? [axis] : [];
  });
}

/**
 * An axis counted from the front; negative ones count from the end, as in `axis: -1`.
 *
 * @param where - the op's name, for the error
 * @param of - the axis and the shape it is an axis of
 * @throws {@link ShapeError} if the shape has no such axis
 */
export function axisOf(where: string, [axis, shape]: readonly [number, Shape]): number {
  const fromFront = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || fromFront < 0 || fromFront >= shape.length) {
    throw new ShapeError(where, [`one with an axis ${axis}`], shape);
  }
  return fromFront;
}

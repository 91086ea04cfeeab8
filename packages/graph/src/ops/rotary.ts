import { ShapeError } from '@q-anchor/core';

import { productOf } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { negate } from './negate.js';

/** Inputs: x `[batch, time, heads*size]`, positions `[batch, time]`, cosines and sines. */
const op: OpDefinition = {
  name: 'rotary',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower(writer, { inputs, outputs, node }) {
    const [x, positions, cosines, sines] = inputs as [string, string, string, string];
    const [source, , table] = node.inputs;
    const attributes = { allowzero: 1 };
    if (source!.dtype === 'float32') {
      const domain = 'com.microsoft';
      // The op refuses more tokens in a row than the table has rows.
      if (table!.shape[0] === productOf(...source!.shape.slice(0, 2))) {
        const order = [x, positions, cosines, sines];
        writer.emit('RotaryEmbedding', order, { domain, outputs });
        return;
      }
      const width = source!.shape[2] as number;
      const reshaped = (name: string, shape: readonly number[]): string =>
        writer.emit('Reshape', [name, writer.int64(shape)], { attributes });
      // Where positions recur (packed sequences) there may be more, so that each token goes in as a
      // sequence of its own.
      const rows = [reshaped(x, [-1, 1, width]), reshaped(positions, [-1, 1])];
      const turned = writer.emit('RotaryEmbedding', [...rows, cosines, sines], { domain });
      writer.emit('Reshape', [turned, writer.shape(source!.shape)], { outputs, attributes });
      return;
    }
    const half = table!.shape[1] as number;
    const heads = (source!.shape[2] as number) / (2 * half);
    const [batch, time] = source!.shape;
    const rows = (name: string): string =>
      writer.emit('Unsqueeze', [writer.emit('Gather', [name, positions]), writer.int64([2])]);
    const byHead = writer.shape([batch!, time!, heads, 2 * half]);
    const split = writer.emit('Reshape', [x, byHead], { attributes });
    const part = (start: number): string =>
      writer.emit('Slice', [
        split,
        writer.int64([start]),
        writer.int64([start + half]),
        writer.int64([3]),
      ]);
    const [first, second, c, s] = [part(0), part(half), rows(cosines), rows(sines)];
    const multiplied = (a: string, b: string): string => writer.emit('Mul', [a, b]);
    const turned = writer.emit(
      'Concat',
      [
        writer.emit('Sub', [multiplied(first, c), multiplied(second, s)]),
        writer.emit('Add', [multiplied(second, c), multiplied(first, s)]),
      ],
      { attributes: { axis: 3 } },
    );
    writer.emit('Reshape', [turned, writer.shape(source!.shape)], { outputs, attributes });
  },
  // A rotation's transpose is the rotation by the negative angle.
  vjp: ({ inputs, gradients }) => {
    const [, positions, cosines, sines] = inputs as readonly [Tensor, Tensor, Tensor, Tensor];
    const table = { cosines, sines: negate(sines) };
    return [rotary(gradients[0]!, { positions, ...table }), undefined, undefined, undefined];
  },
};

/** Cosines and sines of the rotation angles, by position. */
export interface RotaryTable {
  /** `[positions, size/2]`. */
  readonly cosines: Tensor;
  /** `[positions, size/2]`. */
  readonly sines: Tensor;
}

/**
 * Rotary position embedding (Su et al. 2021), halves paired as in Qwen2 and Llama:
 * `(x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin)` within each head.
 *
 * @param x - `[batch, time, heads*size]`
 * @param options - `positions int64 [batch, time]`, and the table `[positions, size/2]`
 * @returns `[batch, time, heads*size]`
 * @throws {@link ShapeError} if the last axis is not a multiple of the table's head size, or the
 * positions or sines have another shape
 */
export function rotary(x: Tensor, options: RotaryTable & { readonly positions: Tensor }): Tensor {
  const { positions, cosines, sines } = options;
  const size = 2 * (cosines.shape[1] as number);
  const width = x.shape[2];
  if (x.shape.length !== 3 || typeof width !== 'number' || width % size !== 0) {
    throw new ShapeError('rotary', ['batch', 'time', `a multiple of ${size}`], x.shape);
  }
  for (const [name, tensor, shape] of [
    ['positions', positions, x.shape.slice(0, 2)],
    ['sines', sines, cosines.shape],
  ] as const) {
    if (tensor.shape.join() !== shape.join()) {
      throw new ShapeError(`rotary ${name}`, shape, tensor.shape);
    }
  }
  return x.graph.apply(op, [x, positions, cosines, sines], undefined)[0]!;
}

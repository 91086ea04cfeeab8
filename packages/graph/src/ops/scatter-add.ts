import { ShapeError } from '@q-anchor/core';

import { productOf, type Dimension } from '../ir/dimension.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { gather } from './gather.js';
import { reshape } from './reshape.js';

/** What is added where. */
export interface ScatterAddOptions {
  /** Rows to add: the indices' shape followed by a row's shape. */
  readonly updates: Tensor;
  /** Number of rows of the result. */
  readonly rows: Dimension;
}

const op: OpDefinition<{ readonly rows: Dimension }> = {
  name: 'scatterAdd',
  infer: ([, updates], { rows }) => [
    { dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(1)] },
  ],
  lower(writer, { inputs, outputs, node }) {
    const [indices, updates] = inputs as [string, string];
    const { dtype, shape } = node.outputs[0]!;
    const zeros = writer.emit('Expand', [writer.scalar(0, dtype), writer.shape(shape)]);
    const columns = writer.emit('Unsqueeze', [indices, writer.int64([1])]);
    writer.emit('ScatterND', [zeros, columns, updates], {
      outputs,
      attributes: { reduction: 'add' },
    });
  },
  vjp: ({ inputs, gradients }) => [undefined, gather(gradients[0]!, inputs[0]!)],
};

/**
 * Rows added into a table of zeros: `y[r] = sum of updates[i] with indices[i] = r`; the gradient
 * of {@link gather}.
 *
 * @param indices - `int64 [...]`, each in `[0, rows)`
 * @param options - the rows to add, and how many rows the result has
 * @throws {@link ShapeError} if the updates do not start with the indices' shape
 */
export function scatterAdd(indices: Tensor, options: ScatterAddOptions): Tensor {
  const { updates, rows } = options;
  const rank = indices.shape.length;
  const row = updates.shape.slice(rank);
  if (!indices.shape.every((d, i) => d === updates.shape[i])) {
    throw new ShapeError('scatterAdd', [...indices.shape, '...'], updates.shape);
  }
  const count = productOf(...indices.shape);
  const flat = [reshape(indices, [count]), reshape(updates, [count, ...row])];
  return indices.graph.apply(op, flat, { rows })[0]!;
}

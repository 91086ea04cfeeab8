import { ShapeError } from '@q-anchor/core';

import { productOf, type Dimension } from '../ir/dimension.js';
import { checkType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { onnxType } from '../onnx/wire.js';
import { gather } from './gather.js';
import { reshape } from './reshape.js';

/** What is added where. */
export interface ScatterAddOptions {
  /** Rows to add: the indices' shape followed by a row's shape. */
  readonly updates: Tensor;
  /** Number of rows of the result. */
  readonly rows: Dimension;
  /** Whether no index occurs twice, or only indices of rows nobody reads. Default false. */
  readonly isDistinct?: boolean;
}

interface Attributes {
  readonly rows: Dimension;
  readonly isDistinct: boolean;
}

const op: OpDefinition<Attributes> = {
  name: 'scatterAdd',
  infer: ([, updates], { rows }) => [
    { dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(1)] },
  ],
  lower(writer, { inputs, outputs, node, attributes: { isDistinct } }) {
    const [indices, updates] = inputs as [string, string];
    const { dtype, shape } = node.outputs[0]!;
    if (isDistinct) {
      const zeros = writer.emit('Expand', [writer.scalar(0, dtype), writer.shape(shape)]);
      const columns = writer.emit('Unsqueeze', [indices, writer.int64([1])]);
      writer.emit('ScatterND', [zeros, columns, updates], { outputs });
      return;
    }
    // ONNX Runtime's ScatterND with reduction=add lets threads race on equal indices, so equal ones
    // are summed by a product with their one-hot matrix, and each distinct row is written once.
    const [distinct, first, inverse] = ['distinct', 'first', 'inverse'].map((hint) =>
      writer.fresh(hint),
    );
    writer.emit('Unique', [indices], {
      outputs: [distinct!, first!, inverse!],
      attributes: { sorted: 1 },
    });
    // Of no updates at all, one row of zeros is written to row 0: a one-hot matrix has no depth 0.
    const least = writer.int64([1]);
    const count = writer.emit('Max', [writer.emit('Shape', [distinct!]), least]);
    const start = writer.int64([0]);
    const extended = writer.emit('Concat', [distinct!, start], { attributes: { axis: 0 } });
    const targets = writer.emit('Slice', [extended, start, count]);
    const offOn = writer.constant({ dtype: 'float32', shape: [2], data: Float32Array.of(0, 1) });
    const oneHot = writer.emit('OneHot', [inverse!, count, offOn], { attributes: { axis: 0 } });
    const typed =
      dtype === 'float32'
        ? oneHot
        : writer.emit('Cast', [oneHot], { attributes: { to: onnxType[dtype] } });
    const flat = writer.emit('Flatten', [updates], { attributes: { axis: 1 } });
    const sums = writer.emit('MatMul', [typed, flat]);
    const width = productOf(...shape.slice(1));
    const zeros = writer.emit('Expand', [
      writer.scalar(0, dtype),
      writer.shape([shape[0]!, width]),
    ]);
    const columns = writer.emit('Unsqueeze', [targets, least]);
    const table = writer.emit('ScatterND', [zeros, columns, sums]);
    writer.emit('Reshape', [table, writer.shape(shape)], {
      outputs,
      attributes: { allowzero: 1 },
    });
  },
  vjp: ({ inputs, gradients, attributes: { isDistinct } }) => [
    undefined,
    gather(gradients[0]!, inputs[0]!, { isDistinct }),
  ],
};

/**
 * Rows added into a table of zeros: `y[r] = sum of updates[i] with indices[i] = r`; the gradient
 * of {@link gather}.
 *
 * @param indices - `int64 [...]`, each in `[0, rows)`
 * @param options - the rows to add, and how many rows the result has
 * @throws {@link ShapeError} if the updates do not start with the indices' shape
 * @throws {@link InputError} if the indices are not int64
 */
export function scatterAdd(indices: Tensor, options: ScatterAddOptions): Tensor {
  const { updates, rows, isDistinct = false } = options;
  const rank = indices.shape.length;
  const row = updates.shape.slice(rank);
  checkType('scatterAdd indices', [indices, 'int64']);
  if (!indices.shape.every((d, i) => d === updates.shape[i])) {
    throw new ShapeError('scatterAdd', [...indices.shape, '...'], updates.shape);
  }
  const count = productOf(...indices.shape);
  const flat = [reshape(indices, [count]), reshape(updates, [count, ...row])];
  return indices.graph.apply(op, flat, { rows, isDistinct })[0]!;
}

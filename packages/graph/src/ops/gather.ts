import { ShapeError } from '@q-anchor/core';

import { checkType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { onnxType } from '../onnx/wire.js';
import { scatterAdd } from './scatter-add.js';

/** What is known of a gather's indices. */
export interface GatherOptions {
  /**
   * Whether no row is asked for twice, or only rows whose gradient nobody needs; the gradient is
   * then a plain scatter. Default false.
   */
  readonly isDistinct?: boolean;
}

const op: OpDefinition<Required<GatherOptions>> = {
  name: 'gather',
  infer: ([table, indices]) => {
    if (table!.shape.length === 0) throw new ShapeError('gather', ['rows', '...'], table!.shape);
    return [{ dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] }];
  },
  lower(writer, { inputs, outputs }) {
    const [table, indices] = inputs as [string, string];
    const narrow = writer.isCpu ? writer.narrow(table) : undefined;
    const attributes = { axis: 0 };
    if (narrow === undefined) {
      writer.emit('Gather', inputs, { outputs, attributes });
      return;
    }
    // Of a table of half floats only the rows that are asked for become float32.
    const rows = writer.emit('Gather', [narrow, indices], { attributes });
    writer.emit('Cast', [rows], { outputs, attributes: { to: onnxType.float32 } });
  },
  vjp: ({ inputs, gradients, attributes: { isDistinct } }) => {
    const [table, indices] = inputs as readonly [Tensor, Tensor];
    const [rows, updates] = [table.shape[0]!, gradients[0]!];
    return [scatterAdd(indices, { updates, rows, isDistinct }), undefined];
  },
};

/**
 * Rows of a table: `y[i...] = table[indices[i...]]`.
 *
 * @param table - `[rows, ...]`
 * @param indices - `int64 [...]`, each in `[0, rows)`
 * @param options - what is known of the indices
 * @throws {@link ShapeError} if the table is a scalar
 * @throws {@link InputError} if the indices are not int64
 */
export function gather(table: Tensor, indices: Tensor, options: GatherOptions = {}): Tensor {
  const { isDistinct = false } = options;
  checkType('gather indices', [indices, 'int64']);
  return table.graph.apply(op, [table, indices], { isDistinct })[0]!;
}

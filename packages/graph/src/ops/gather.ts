import { ShapeError } from '@q-anchor/core';

import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { scatterAdd } from './scatter-add.js';

const op: OpDefinition = {
  name: 'gather',
  infer: ([table, indices]) => {
    if (table!.shape.length === 0) throw new ShapeError('gather', ['rows', '...'], table!.shape);
    return [{ dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] }];
  },
  lower: (writer, { inputs, outputs }) =>
    void writer.emit('Gather', inputs, { outputs, attributes: { axis: 0 } }),
  vjp: ({ inputs, gradients }) => {
    const [table, indices] = inputs as readonly [Tensor, Tensor];
    return [scatterAdd(indices, { updates: gradients[0]!, rows: table.shape[0]! }), undefined];
  },
};

/**
 * Rows of a table: `y[i...] = table[indices[i...]]`.
 *
 * @param table - `[rows, ...]`
 * @param indices - `int64 [...]`, each in `[0, rows)`
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return table.graph.apply(op, [table, indices], undefined)[0]!;
}

import { broadcastShape } from '../ir/broadcast.js';
import { checkType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { operandsOf, unbroadcast, type Operand } from './elementwise.js';

const op: OpDefinition = {
  name: 'where',
  infer: ([condition, a, b]) => {
    const shape = broadcastShape('where', [a!.shape, b!.shape]);
    return [{ dtype: a!.dtype, shape: broadcastShape('where', [condition!.shape, shape]) }];
  },
  lower: (writer, { inputs, outputs }) => void writer.emit('Where', inputs, { outputs }),
  vjp: ({ inputs, gradients, needed }) => {
    const [condition, a, b] = inputs as readonly [Tensor, Tensor, Tensor];
    const d = gradients[0]!;
    return [
      undefined,
      needed[1] ? unbroadcast(where(condition, [d, 0]), a) : undefined,
      needed[2] ? unbroadcast(where(condition, [0, d]), b) : undefined,
    ];
  },
};

/**
 * `condition ? a : b`, element by element, broadcasting.
 *
 * @param condition - `bool [...]`
 * @param choices - `[a, b]`, tensors or numbers, at least one of them a tensor
 * @throws {@link InputError} if the condition is not boolean
 */
export function where(condition: Tensor, choices: readonly [Operand, Operand]): Tensor {
  checkType('where condition', [condition, 'bool']);
  return condition.graph.apply(op, [condition, ...operandsOf('where', choices)], undefined)[0]!;
}

import type { Dimension } from '../ir/dimension.js';
import type { Graph, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';

const op: OpDefinition<{ readonly size: Dimension }> = {
  name: 'arange',
  infer: (_inputs, { size }) => [{ dtype: 'int64', shape: [size] }],
  lower(writer, { outputs, attributes: { size } }) {
    const scalar = (value: number): string => writer.scalar(value, 'int64');
    const end = writer.emit('Squeeze', [writer.dimension(size)]);
    writer.emit('Range', [scalar(0), end, scalar(1)], { outputs });
  },
};

/**
 * The numbers `0, 1, ..., size - 1` as `int64 [size]`.
 *
 * @param graph - the graph
 * @param size - how many
 */
export function arange(graph: Graph, size: Dimension): Tensor {
  return graph.apply(op, [], { size })[0]!;
}

import type { Dimension } from '../ir/dimension.js';
import type { DType } from '../ir/dtype.js';
import type { Graph, Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import { cast } from './cast.js';

const op: OpDefinition<{ readonly dimension: Dimension }> = {
  name: 'dimensionValue',
  infer: () => [{ dtype: 'int64', shape: [] }],
  lower: (writer, { outputs, attributes }) =>
    void writer.emit('Squeeze', [writer.dimension(attributes.dimension)], { outputs }),
};

/**
 * A dimension's size as a scalar tensor.
 *
 * @param graph - the graph whose inputs have the dimension's symbols
 * @param dimension - the dimension
 * @param dtype - element type of the result
 */
export function dimensionValue(graph: Graph, dimension: Dimension, dtype: DType): Tensor {
  return typeof dimension === 'number'
    ? graph.constant(dimension, dtype)
    : cast(graph.apply(op, [], { dimension })[0]!, dtype);
}

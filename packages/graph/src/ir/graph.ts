import { InputError, ShapeError } from '@q-anchor/core';

import { canonical, symbolsOf, type Dimension } from './dimension.js';
import { arrayFrom, type DType, type TensorData } from './dtype.js';
import type { OpDefinition } from './op.js';

/** Sizes of a tensor, outermost first. */
export type Shape = readonly Dimension[];

/** Element type and shape of a tensor. */
export interface TensorType {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: Shape;
}

/** A value in a graph: an input, a constant, or the result of a node. */
export interface Tensor extends TensorType {
  /** The graph it belongs to. */
  readonly graph: Graph;
  /** Its number in the graph, in order of creation. */
  readonly id: number;
  /** Its name; inputs keep the one they were given. */
  readonly name: string;
  /** The node that makes it; none for inputs and constants. */
  readonly producer?: GraphNode;
  /** Its content, for constants. */
  readonly constant?: TensorData;
}

/** One application of an op. */
export interface GraphNode {
  /** The op. */
  readonly op: OpDefinition<unknown>;
  /** The op's attributes. */
  readonly attributes: unknown;
  /** What it reads. */
  readonly inputs: readonly Tensor[];
  /** What it makes. */
  readonly outputs: readonly Tensor[];
}

/** A gradient rule that stands for several nodes at once; see `withGradient`. */
export interface GradientRule {
  /** The tensors the gradient flows to. */
  readonly inputs: readonly Tensor[];
  /** Gradients of `inputs` from the gradient of the result; `undefined` where there is none. */
  readonly vjp: (gradient: Tensor, needed: readonly boolean[]) => readonly (Tensor | undefined)[];
}

/**
 * A tensor program: inputs, constants, nodes in order of dependence, and named outputs.
 *
 * Build one with ops ({@link add}, {@link matmul}, ...), differentiate it with `gradients`, and
 * run it with `@q-anchor/backend`.
 */
export interface Graph {
  /**
   * Declares an input. Its symbols may recur: equal symbols must have equal sizes at run time.
   *
   * @throws {@link InputError} if the name is taken or empty, or a size is negative
   */
  input(name: string, shape: Shape, dtype?: DType): Tensor;
  /**
   * A constant from content, or from one number as a scalar; then `dtype`, not float16, is its type.
   *
   * @throws {@link ShapeError} if content and shape disagree
   */
  constant(content: TensorData | number, dtype?: DType): Tensor;
  /** Applies an op; called by the op's own function. */
  apply<A>(op: OpDefinition<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  /**
   * Names a tensor as an output; outputs keep the order in which they were named.
   *
   * @throws {@link InputError} if the name is taken or empty, or the tensor is of another graph
   */
  output(name: string, tensor: Tensor): void;
  /** Declared inputs, in order. */
  readonly inputs: readonly Tensor[];
  /** Named outputs, in order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Nodes in order of creation: each reads only what was made before it. */
  readonly nodes: readonly GraphNode[];
  /** Gradient rules by the id of the tensor they replace the node rule of. */
  readonly gradientRules: Map<number, GradientRule>;
}

const isScalarContent = (content: TensorData | number): content is number =>
  typeof content === 'number';

/** An empty graph. */
export function createGraph(): Graph {
  const inputs: Tensor[] = [];
  const outputs = new Map<string, Tensor>();
  const nodes: GraphNode[] = [];
  const scalars = new Map<string, Tensor>();
  let count = 0;

  const checkName = (where: string, name: string): void => {
    if (name === '' || outputs.has(name) || inputs.some((input) => input.name === name)) {
      throw new InputError({
        where,
        expected: 'a name not used by another input or output',
        found: name === '' ? 'an empty one' : 'one that is',
      });
    }
  };
  const checkOwn = (where: string, tensor: Tensor): void => {
    if (tensor.graph !== graph) {
      throw new InputError({
        where,
        expected: 'tensors of one graph',
        found: `'${tensor.name}' of another graph`,
      });
    }
  };

  const graph: Graph = {
    inputs,
    outputs,
    nodes,
    gradientRules: new Map(),

    input(name, shape, dtype = 'float32') {
      checkName(`graph input '${name}'`, name);
      const sizes = shape.map(canonical);
      if (sizes.some((size) => typeof size === 'number' && size < 0)) {
        throw new InputError({
          where: `graph input '${name}'`,
          expected: 'sizes of at least 0',
          found: `[${sizes.join(', ')}]`,
        });
      }
      const tensor = { graph, id: count++, name, dtype, shape: sizes };
      inputs.push(tensor);
      return tensor;
    },

    constant(content, dtype = 'float32') {
      const key = isScalarContent(content)
        ? `${dtype}:${Object.is(content, -0) ? '-0' : content}`
        : undefined;
      const known = key === undefined ? undefined : scalars.get(key);
      if (known) return known;
      const constant = isScalarContent(content)
        ? { dtype, shape: [], data: arrayFrom(dtype, [content]) }
        : content;
      const size = constant.shape.reduce((product, dimension) => product * dimension, 1);
      if (size !== constant.data.length) {
        throw new ShapeError('constant', [...constant.shape], [constant.data.length]);
      }
      const id = count++;
      const tensor = {
        graph,
        id,
        name: `constant_${id}`,
        dtype: constant.dtype,
        shape: constant.shape,
        constant,
      };
      if (key !== undefined) scalars.set(key, tensor);
      return tensor;
    },

    apply(op, nodeInputs, attributes) {
      for (const tensor of nodeInputs) checkOwn(op.name, tensor);
      const types = op.infer(nodeInputs, attributes);
      const made: Tensor[] = [];
      const node = { op, attributes, inputs: nodeInputs, outputs: made } as GraphNode;
      for (const type of types) {
        const id = count++;
        made.push({
          graph,
          id,
          name: `${op.name}_${id}`,
          dtype: type.dtype,
          shape: type.shape.map(canonical),
          producer: node,
        });
      }
      nodes.push(node);
      return made;
    },

    output(name, tensor) {
      checkName(`graph output '${name}'`, name);
      checkOwn(`graph output '${name}'`, tensor);
      outputs.set(name, tensor);
    },
  };
  return graph;
}

/** The symbols a graph's inputs declare, each with the first input and axis that has it alone. */
export function symbolSources(
  graph: Graph,
): ReadonlyMap<string, { readonly input: Tensor; readonly axis: number }> {
  const sources = new Map<string, { input: Tensor; axis: number }>();
  for (const input of graph.inputs) {
    for (const [axis, dimension] of input.shape.entries()) {
      if (typeof dimension !== 'string') continue;
      const [symbol] = symbolsOf(dimension);
      if (symbol === dimension && !sources.has(symbol)) sources.set(symbol, { input, axis });
    }
  }
  return sources;
}

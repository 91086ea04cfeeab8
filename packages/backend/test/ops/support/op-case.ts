import { createRandom } from '@q-anchor/core';
import {
  add,
  createGraph,
  gradients,
  multiply,
  reduceSum,
  sizeOf,
  type FloatDType,
  type Graph,
  type Shape,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

import { tensorOf } from './engine.js';

type Inputs = Readonly<Record<string, Tensor>>;

/** An input of an {@link OpCase}. */
export interface InputSpec {
  readonly shape: Shape;
  /** Integer and boolean inputs carry no gradient. Default: the case's float type. */
  readonly dtype?: 'int64' | 'bool';
  /** Elements, or how to draw one. Default: standard normal. */
  readonly values?: readonly number[] | ((normal: number, index: number) => number);
  /** Whether the gradient towards it is checked. Default: if it is a float. */
  readonly isDifferentiable?: boolean;
}

/** An op, or a use of it, to be checked at certain shapes. */
export interface OpCase {
  /** The export that is checked. */
  readonly op: string;
  /** What is special about this use. */
  readonly use: string;
  /** Sizes of the symbols in the inputs' shapes. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly build: (
    inputs: Inputs,
    context: { readonly graph: Graph; readonly dtype: FloatDType },
  ) => Tensor | readonly Tensor[];
}

const drawnInputs = (opCase: OpCase, dtype: FloatDType): Record<string, TensorData> => {
  const random = createRandom(11).fork(`${opCase.op} ${opCase.use}`);
  return Object.fromEntries(
    Object.entries(opCase.inputs).map(([name, spec]) => {
      const shape = spec.shape.map((dimension) => sizeOf(dimension, opCase.sizes ?? {}));
      const count = shape.reduce((a, b) => a * b, 1);
      const { values = (normal: number) => normal } = spec;
      const drawn = Array.from({ length: count }, (_, i) => {
        const value = typeof values === 'function' ? values(random.normal(), i) : values[i]!;
        // The same numbers in both float types.
        return spec.dtype === undefined ? Math.fround(value) : value;
      });
      return [name, tensorOf(spec.dtype ?? dtype, shape, drawn)];
    }),
  );
};

/** A case as a graph of one float type, with everything to feed it. */
interface BuiltCase {
  readonly graph: Graph;
  readonly feeds: Record<string, TensorData>;
  /** Inputs whose gradients are outputs named `gradient NAME`. */
  readonly differentiable: readonly string[];
}

const isFloating = ({ dtype }: Tensor): boolean => dtype === 'float32' || dtype === 'float64';

/**
 * The case's graph: its results, the scalar `loss` (their random projection) and, if asked for, the
 * loss's gradients.
 */
export function buildCase(
  opCase: OpCase,
  { dtype, withGradients }: { readonly dtype: FloatDType; readonly withGradients: boolean },
): BuiltCase {
  const graph = createGraph();
  const feeds = drawnInputs(opCase, dtype);
  const inputs = Object.fromEntries(
    Object.entries(opCase.inputs).map(([name, spec]) => [
      name,
      graph.input(name, spec.shape, spec.dtype ?? dtype),
    ]),
  );
  const built = opCase.build(inputs, { graph, dtype });
  const results = 'id' in built ? [built] : built;
  const random = createRandom(12);
  const losses = results.filter(isFloating).map((result, i) => {
    const projection = graph.input(`projection ${i}`, result.shape, dtype);
    const shape = result.shape.map((dimension) => sizeOf(dimension, opCase.sizes ?? {}));
    const count = shape.reduce((a, b) => a * b, 1);
    const drawn = Array.from({ length: count }, () => Math.fround(random.normal()));
    feeds[projection.name] = tensorOf(dtype, shape, drawn);
    return reduceSum(multiply(result, projection));
  });
  for (const [i, result] of results.entries()) graph.output(`result ${i}`, result);
  const differentiable = Object.entries(opCase.inputs)
    .filter(([, spec]) => spec.isDifferentiable ?? spec.dtype === undefined)
    .map(([name]) => name);
  if (losses.length > 0) {
    const loss = losses.reduce((a, b) => add(a, b));
    graph.output('loss', loss);
    if (withGradients) {
      const wanted = differentiable.map((name) => inputs[name]!);
      for (const [i, gradient] of gradients(loss, wanted).entries()) {
        graph.output(`gradient ${differentiable[i]}`, gradient);
      }
    }
  }
  return { graph, feeds, differentiable };
}

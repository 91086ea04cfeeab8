import { afterAll } from 'vitest';

import { createOnnxEngine, type Program, type Tensors } from '@q-anchor/backend';
import {
  arrayFrom,
  createGraph,
  type DType,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';

/** One thread, so that a test's numbers do not depend on the machine. */
export const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine[Symbol.asyncDispose]());

/** Numbers as a tensor. */
export const tensorOf = (
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
): TensorData => ({ dtype, shape, data: arrayFrom(dtype, values) });

/** A tensor's elements as numbers. */
export const numbersOf = ({ data }: TensorData): number[] => Array.from(data, Number);

/** Runs a graph once: inputs are declared with the shapes of their contents. */
export async function evaluate(
  feeds: Tensors,
  build: (
    inputs: Readonly<Record<string, Tensor>>,
    graph: Graph,
  ) => Readonly<Record<string, Tensor>>,
): Promise<Tensors> {
  const graph = createGraph();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [
      name,
      graph.input(name, shape, dtype),
    ]),
  );
  for (const [name, tensor] of Object.entries(build(inputs, graph))) graph.output(name, tensor);
  await using program: Program = await engine.compile(graph);
  return await program.run(feeds);
}

/** Euclidean length. */
const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** Length of the difference over the larger length; below `floor`, over that. */
export function relativeError(
  [a, b]: readonly [ArrayLike<number>, ArrayLike<number>],
  floor = 1e-3,
): number {
  if (a.length !== b.length) return Infinity;
  const difference = norm(Array.from(a, (value, i) => value - b[i]!));
  return difference / Math.max(norm(a), norm(b), floor);
}

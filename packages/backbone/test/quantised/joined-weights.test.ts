import { describe, expect, test } from 'vitest';

import {
  parameterInputs,
  quantise,
  quantisedFormats,
  weightLinear,
  weightLinears,
  withFormats,
  type ParameterLookup,
  type ParameterSpec,
  type QuantisedFormat,
} from '@q-anchor/backbone';
import type { Tensors } from '@q-anchor/backend';
import { add, createGraph, gradients, multiply, reduceSum, type Tensor } from '@q-anchor/graph';

import {
  drawnWeights,
  engine,
  numbersOf,
  relativeError,
  tensorOf,
} from '../decoder/support/decoder-runs.js';

const names = ['a', 'b', 'c'];
const inputs = 133; // five numbers beyond a block of 128, and beyond two of 64
const x = tensorOf('float32', [
  [5, inputs],
  Array.from({ length: 5 * inputs }, (_, i) => Math.sin(i * i)),
]);

/** Three projections of so many outputs; those quantised of which a format is given. */
function projections(
  sizes: readonly number[],
  formats: Readonly<Record<string, QuantisedFormat>> = {},
) {
  const specs: Record<string, ParameterSpec> = {};
  for (const [i, name] of names.entries()) {
    specs[`${name}.weight`] = { shape: [sizes[i]!, inputs], kind: 'matrix' };
    specs[`${name}.bias`] = { shape: [sizes[i]!], kind: 'bias' };
  }
  const weights: Record<string, Tensors[string]> = {};
  for (const [name, tensor] of Object.entries(drawnWeights(specs, { dtype: 'float32' }))) {
    const format = formats[name.replace(/\.weight$/, '')];
    Object.assign(weights, format ? quantise(name, tensor, format) : { [name]: tensor });
  }
  /** What a graph gives of x, and how many products it has. */
  const computed = async (
    build: (parameters: ParameterLookup, input: Tensor) => readonly Tensor[],
  ) => {
    const graph = createGraph();
    const parameters = parameterInputs(graph, withFormats(specs, weights));
    const outputs = build(parameters, graph.input('x', ['rows', inputs]));
    for (const [i, output] of outputs.entries()) graph.output(`y${i}`, output);
    await using program = await engine.compile(graph, { weights });
    const results = await program.run({ x });
    return {
      products: graph.nodes.filter(({ op }) => op.name === 'quantisedLinear').length,
      outputs: outputs.map((_, i) => results[`y${i}`]!),
    };
  };
  return computed;
}

const together =
  (bias: boolean) =>
  (parameters: ParameterLookup, input: Tensor): readonly Tensor[] =>
    weightLinears(parameters, { names, x: input, bias });
const apart =
  (bias: boolean) =>
  (parameters: ParameterLookup, input: Tensor): readonly Tensor[] =>
    names.map((name) => weightLinear(parameters, { name, x: input, bias }));

const { int8, int4 } = quantisedFormats;
const allOf = (format: QuantisedFormat) => ({ a: format, b: format, c: format });

describe.each([
  ['int8', int8],
  ['int4', int4],
] as const)('weights of %s', (_, format) => {
  test.each([true, false])('are multiplied at once, to the bit, bias %s', async (bias) => {
    const computed = projections([8, 4, 20], allOf(format));
    const [joined, separate] = [await computed(together(bias)), await computed(apart(bias))];
    expect([joined.products, separate.products]).toEqual([1, 3]);
    expect(joined.outputs).toEqual(separate.outputs);
  });

  test('are multiplied at once where their rows are odd, to a rounding of the sums', async () => {
    const computed = projections([7, 1, 13], allOf(format));
    const [joined, separate] = [await computed(together(true)), await computed(apart(true))];
    expect(joined.products).toBe(1);
    for (const [i, output] of joined.outputs.entries()) {
      const other = separate.outputs[i]!;
      expect(output.shape).toEqual(other.shape);
      expect(relativeError(numbersOf(output), numbersOf(other))).toBeLessThan(1e-6);
    }
  });

  test('give their input the gradient they give one by one', async () => {
    const computed = projections([7, 1, 12], allOf(format));
    const gradient = async (build: ReturnType<typeof together>): Promise<number[]> => {
      const { outputs } = await computed((parameters, input) => {
        const losses = build(parameters, input).map((y, i) =>
          multiply(reduceSum(multiply(y, y)), i + 1),
        );
        return gradients(
          losses.reduce((sum, loss) => add(sum, loss)),
          [input],
        );
      });
      return numbersOf(outputs[0]!);
    };
    const [joined, separate] = [await gradient(together(true)), await gradient(apart(true))];
    expect(relativeError(joined, separate)).toBeLessThan(1e-5);
  });
});

test.each([
  ['of several bits', { ...allOf(int8), b: int4 }, 3],
  ['of several sizes of blocks', { ...allOf(int8), b: { ...int8, blockSize: 64 } }, 3],
  ['some with zero points', { ...allOf(int8), c: { ...int8, isSymmetric: false } }, 3],
  ['some plain', { a: int8, b: int8 }, 2],
  ['all plain', {}, 0],
] as const)('weights %s are multiplied one by one', async (_, formats, products) => {
  const computed = projections([7, 1, 12], formats);
  const found = await computed(together(true));
  expect(found.products).toBe(products);
  expect(found.outputs).toEqual((await computed(apart(true))).outputs);
});

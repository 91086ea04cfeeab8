import { expect } from 'vitest';

import { sizeOf, type TensorData } from '@q-anchor/graph';

import { engine, numbersOf, relativeError } from './engine.js';
import { buildCase, type OpCase } from './op-case.js';

/** Step of the central differences: truncation and rounding both stay below 1e-9. */
const step = 1e-5;

/** Error of `gradients` against central differences in float64, by input. */
export async function gradientErrors(opCase: OpCase): Promise<Record<string, number>> {
  const exact = buildCase(opCase, { dtype: 'float64', withGradients: true });
  const forward = buildCase(opCase, { dtype: 'float64', withGradients: false });
  await using exactProgram = await engine.compile(exact.graph);
  await using forwardProgram = await engine.compile(forward.graph);
  const outputs = await exactProgram.run(exact.feeds);

  const lossAt = async (feeds: Readonly<Record<string, TensorData>>): Promise<number> =>
    numbersOf((await forwardProgram.run(feeds))['loss']!)[0]!;
  const errors: Record<string, number> = {};
  for (const name of exact.differentiable) {
    const content = forward.feeds[name]!;
    const values = numbersOf(content);
    const numeric: number[] = [];
    for (const [i, value] of values.entries()) {
      const moved = async (by: number): Promise<number> => {
        const data = Float64Array.from(values);
        data[i] = value + by;
        return await lossAt({ ...forward.feeds, [name]: { ...content, data } });
      };
      numeric.push(((await moved(step)) - (await moved(-step))) / (2 * step));
    }
    const gradient = outputs[`gradient ${name}`]!;
    errors[name] =
      gradient.shape.join() === content.shape.join()
        ? relativeError([numbersOf(gradient), numeric])
        : Infinity;
  }
  return errors;
}

/**
 * Error of the float32 results and gradients against the float64 ones, by output; both must have
 * the shapes that were inferred.
 */
export async function float32Errors(
  opCase: OpCase,
  { withGradients }: { readonly withGradients: boolean },
): Promise<Record<string, number>> {
  const run = async (dtype: 'float32' | 'float64') => {
    const { graph, feeds } = buildCase(opCase, { dtype, withGradients });
    await using program = await engine.compile(graph);
    const outputs = await program.run(feeds);
    for (const [name, { shape }] of graph.outputs) {
      const inferred = shape.map((dimension) => sizeOf(dimension, opCase.sizes ?? {}));
      expect(outputs[name]!.shape, `shape of ${name}`).toEqual(inferred);
    }
    return outputs;
  };
  const [single, double] = [await run('float32'), await run('float64')];
  return Object.fromEntries(
    Object.keys(double)
      .filter((name) => name !== 'loss')
      .map((name) => {
        const pair = [numbersOf(single[name]!), numbersOf(double[name]!)] as const;
        // Inputs are of size 1: what is far smaller than they are is right to their rounding.
        return [name, relativeError(pair, 0.1)];
      }),
  );
}

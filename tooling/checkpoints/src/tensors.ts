import {
  bertConfigFrom,
  bertParameters,
  decoderConfigFrom,
  decoderParameters,
  type ParameterKind,
  type ParameterSpecs,
  type StreamedTensor,
} from '@q-anchor/backbone';

import type { RandomValues } from './random-values.js';

/** What a checkpoint of a configuration holds: the model's parameters, and BERT's pooler. */
export function checkpointSpecs(config: Readonly<Record<string, unknown>>): ParameterSpecs {
  if (config['model_type'] !== 'bert') return decoderParameters(decoderConfigFrom(config));
  const bert = bertConfigFrom(config);
  return {
    ...bertParameters(bert),
    'pooler.dense.weight': { shape: [bert.width, bert.width], kind: 'matrix' },
    'pooler.dense.bias': { shape: [bert.width], kind: 'bias' },
  };
}

/** The number of values of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * Tensors of random values, of about the size that training gives them: matrices keep the size of
 * what they multiply, norms are near 1, no bias is zero.
 *
 * @param specs - shapes by name
 * @param values - where the values come from
 * @param layers - depth: matrices that write into the residual stream are smaller by `sqrt(2 layers)`
 */
export function randomTensors(
  specs: ParameterSpecs,
  values: RandomValues,
  { layers }: { readonly layers: number },
): Record<string, StreamedTensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, kind }]) => {
      const deviation = deviationOf(kind, { inputs: shape.at(-1)!, layers });
      const mean = kind === 'norm' ? 1 : 0;
      const count = sizeOf(shape);
      const parts = () => values.parts(name, { count, mean, deviation });
      return [name, { dtype: 'float32', shape, parts }];
    }),
  );
}

function deviationOf(
  kind: ParameterKind,
  { inputs, layers }: { readonly inputs: number; readonly layers: number },
): number {
  const deviations: Readonly<Record<ParameterKind, number>> = {
    embedding: 0.05,
    norm: 0.1,
    bias: 0.02,
    matrix: 1 / Math.sqrt(inputs),
    'output-matrix': 1 / Math.sqrt(inputs * 2 * layers),
  };
  return deviations[kind];
}

import type { ParameterLookup, ParameterSpecs } from '@q-anchor/backbone';
import { linear, relu, type Tensor } from '@q-anchor/graph';

import type { DualTowerConfig } from './config.js';

const names = {
  hiddenWeight: 'head.hidden.weight',
  hiddenBias: 'head.hidden.bias',
  outputWeight: 'head.output.weight',
  outputBias: 'head.output.bias',
} as const;

/** Parameters of the projection head. */
export function headParameters({ decoder, head }: DualTowerConfig): ParameterSpecs {
  return {
    [names.hiddenWeight]: { shape: [head.hidden, decoder.width], kind: 'matrix' },
    [names.hiddenBias]: { shape: [head.hidden], kind: 'bias' },
    [names.outputWeight]: { shape: [head.output, head.hidden], kind: 'matrix' },
    [names.outputBias]: { shape: [head.output], kind: 'bias' },
  };
}

/**
 * The projection head both towers share: `Linear(D, hidden) -> ReLU -> Linear(hidden, output)`.
 *
 * @param hidden - hidden states `[rows, D]`
 * @param parameters - the model's
 * @returns `[rows, output]`, not normalised
 */
export function projectionHead(hidden: Tensor, parameters: ParameterLookup): Tensor {
  const h = linear(hidden, {
    weight: parameters(names.hiddenWeight),
    bias: parameters(names.hiddenBias),
  });
  return linear(relu(h), {
    weight: parameters(names.outputWeight),
    bias: parameters(names.outputBias),
  });
}

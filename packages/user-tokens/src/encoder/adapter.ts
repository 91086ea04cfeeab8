import type { ParameterLookup } from '@q-anchor/backbone';
import { gelu, layerNorm, linear, type Tensor } from '@q-anchor/graph';

import { adapterNames } from './parameters.js';

/**
 * Adapter from event width E to decoder width D: `down(gelu(up(layerNorm(h))))`, as in the
 * published model (LayerNorm epsilon 1e-6, exact GELU).
 *
 * @param h - `[..., E]`
 * @param options - the encoder's parameters and the adapter's name
 * @returns `[..., D]`
 */
export function adapter(
  h: Tensor,
  options: { readonly parameters: ParameterLookup; readonly name: string },
): Tensor {
  const { parameters, name } = options;
  const at = adapterNames(name);
  const normed = layerNorm(h, {
    weight: parameters(at.normWeight),
    bias: parameters(at.normBias),
    epsilon: 1e-6,
  });
  const up = linear(normed, { weight: parameters(at.upWeight), bias: parameters(at.upBias) });
  return linear(gelu(up), { weight: parameters(at.downWeight), bias: parameters(at.downBias) });
}

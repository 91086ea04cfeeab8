import { linear, type Tensor } from '@q-anchor/graph';

import type { ParameterLookup } from './parameters.js';

/**
 * A projection by the frozen weight of a model: `y = x W^T + b`, with `W` `[outputs, inputs]` the
 * parameter `NAME.weight` and `b` the parameter `NAME.bias`.
 *
 * @param parameters - the model's
 * @param options - the projection's name, input `[..., inputs]`, whether it has a bias
 * @returns `[..., outputs]`
 */
export function weightLinear(
  parameters: ParameterLookup,
  options: { readonly name: string; readonly x: Tensor; readonly bias: boolean },
): Tensor {
  const { name, x, bias } = options;
  const weight = parameters(`${name}.weight`);
  return linear(x, bias ? { weight, bias: parameters(`${name}.bias`) } : { weight });
}

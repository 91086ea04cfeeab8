import {
  dequantise,
  gather,
  linear,
  quantisedLinear,
  type GatherOptions,
  type Tensor,
} from '@q-anchor/graph';

import type { ParameterLookup } from './parameters.js';

/**
 * A projection by the frozen weight of a model: `y = x W^T + b`, with `W` `[outputs, inputs]` the
 * parameter `NAME.weight`, plain or quantised, and `b` the parameter `NAME.bias`.
 *
 * @param parameters - the model's
 * @param options - the projection's name, input `[..., inputs]`, whether it has a bias
 * @returns `[..., outputs]`
 */
export function weightLinear(
  parameters: ParameterLookup,
  options: { readonly name: string; readonly x: Tensor; readonly bias: boolean },
): Tensor {
  const { name, x, bias: hasBias } = options;
  const bias = hasBias ? { bias: parameters(`${name}.bias`) } : {};
  const quantised = parameters.quantised?.(`${name}.weight`);
  return quantised
    ? quantisedLinear(x, { ...quantised, ...bias })
    : linear(x, { weight: parameters(`${name}.weight`), ...bias });
}

/**
 * Rows of a table, plain or quantised: of the latter only the rows asked for become floats.
 *
 * @param parameters - the model's
 * @param options - the table's whole name, indices `int64 [...]`, and what is known of them
 * @returns `[..., columns]`
 */
export function weightRows(
  parameters: ParameterLookup,
  options: { readonly name: string; readonly indices: Tensor } & GatherOptions,
): Tensor {
  const { name, indices, ...known } = options;
  const quantised = parameters.quantised?.(name);
  if (!quantised) return gather(parameters(name), indices, known);
  const { packed, scales, zeros, ...rest } = quantised;
  return dequantise({
    packed: gather(packed, indices),
    scales: gather(scales, indices),
    ...(zeros && { zeros: gather(zeros, indices) }),
    ...rest,
  });
}

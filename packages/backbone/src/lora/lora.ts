import { add, linear, multiply, type Tensor } from '@q-anchor/graph';

import type { ParameterSpec, ParameterSpecs, ParameterLookup } from '../decoder/parameters.js';

/** Rank and strength of low-rank adapters. */
export interface LoraScale {
  /** Inner size. */
  readonly rank: number;
  /** The update is scaled by `alpha / rank`. */
  readonly alpha: number;
  /** Last parts of the projections adapted, e.g. `q_proj`. */
  readonly targets: readonly string[];
}

const peftPrefix = 'base_model.model.';

/** Whether a projection is adapted. */
export const isLoraTarget = (name: string, lora: LoraScale): boolean =>
  lora.targets.includes(name.slice(name.lastIndexOf('.') + 1));

/** Names of a projection's two factors in PEFT's files. */
export const loraNames = (name: string): { readonly a: string; readonly b: string } => ({
  a: `${peftPrefix}${name}.lora_A.weight`,
  b: `${peftPrefix}${name}.lora_B.weight`,
});

/**
 * ParameterLookup of low-rank adapters on a model's projections, under PEFT's names: for a weight
 * `[outputs, inputs]`, `A [rank, inputs]` and `B [outputs, rank]`; B starts at zero.
 *
 * @param specs - the model's parameters
 * @param lora - rank, alpha, targets
 */
export function loraParameters(specs: ParameterSpecs, lora: LoraScale): ParameterSpecs {
  const adapters: Record<string, ParameterSpec> = {};
  for (const [name, { shape }] of Object.entries(specs)) {
    const projection = name.replace(/\.weight$/, '');
    if (shape.length !== 2 || !isLoraTarget(projection, lora)) continue;
    const { a, b } = loraNames(projection);
    adapters[a] = { shape: [lora.rank, shape[1]!], kind: 'matrix' };
    adapters[b] = { shape: [shape[0]!, lora.rank], kind: 'bias' };
  }
  return adapters;
}

/**
 * A projection with its low-rank adapter: `y = x W^T + b + (alpha / rank) (x A^T) B^T`
 * (Hu et al. 2021).
 *
 * @param parameters - of the model and of the adapters
 * @param options - the projection's name, input, whether it has a bias, adapters if any
 */
export function loraLinear(
  parameters: ParameterLookup,
  options: {
    readonly name: string;
    readonly x: Tensor;
    readonly bias: boolean;
    readonly lora: LoraScale | undefined;
  },
): Tensor {
  const { name, x, bias, lora } = options;
  const weight = parameters(`${name}.weight`);
  const y = linear(x, bias ? { weight, bias: parameters(`${name}.bias`) } : { weight });
  if (!lora || !isLoraTarget(name, lora)) return y;
  const { a, b } = loraNames(name);
  const inner = linear(x, { weight: parameters(a) });
  return add(y, multiply(linear(inner, { weight: parameters(b) }), lora.alpha / lora.rank));
}

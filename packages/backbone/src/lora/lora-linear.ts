import { add, dropout, linear, multiply, type Tensor } from '@q-anchor/graph';

import type { ParameterLookup } from '../decoder/parameters.js';
import { weightLinear } from '../decoder/weight-linear.js';
import { loraScale, type LoraConfig } from './config.js';
import { loraNames } from './parameters.js';
import { isLoraTarget } from './targets.js';

/** A projection to be applied. */
export interface LoraLinearOptions {
  /** The projection's name, without `.weight`. */
  readonly name: string;
  /** What it is applied to, `[..., inputs]`. */
  readonly x: Tensor;
  /** Whether it has a bias. */
  readonly bias: boolean;
  /** The model's adapters, if any. */
  readonly lora: LoraConfig | undefined;
  /** `int64 []`, another one each step: drops inputs of the adapter. Not given outside training. */
  readonly dropoutSeed?: Tensor | undefined;
}

/**
 * A projection with its low-rank adapter: `y = x W^T + b + scale (drop(x) A^T) B^T`
 * (Hu et al. 2021).
 *
 * @param parameters - of the model and of the adapters
 * @param options - the projection, its input, the adapters
 * @returns `[..., outputs]`
 */
export function loraLinear(parameters: ParameterLookup, options: LoraLinearOptions): Tensor {
  const { name, x, bias, lora, dropoutSeed: seed } = options;
  const y = weightLinear(parameters, { name, x, bias });
  if (!lora || !isLoraTarget(name, lora)) return y;
  const { a, b } = loraNames(name);
  const input = seed ? dropout(x, { rate: lora.dropout, seed, site: name }) : x;
  // Scaled where it is narrowest.
  const inner = multiply(linear(input, { weight: parameters(a) }), loraScale(lora));
  return add(y, linear(inner, { weight: parameters(b) }));
}

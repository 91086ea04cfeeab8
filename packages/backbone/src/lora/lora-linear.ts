import { add, dropout, linear, multiply, type Tensor } from '@q-anchor/graph';

import type { ParameterLookup } from '../decoder/parameters.js';
import { weightLinears } from '../decoder/weight-linear.js';
import { loraScale, type LoraConfig } from './config.js';
import { loraNames } from './parameters.js';
import { isLoraTarget } from './targets.js';

/** What a projection is applied to, and what adapts it. */
interface Adapted {
  /** What it is applied to, `[..., inputs]`. */
  readonly x: Tensor;
  /** Whether it has a bias. */
  readonly bias: boolean;
  /** The model's adapters, if any. */
  readonly lora: LoraConfig | undefined;
  /** `int64 []`, another one each step: drops inputs of the adapter. Not given outside training. */
  readonly dropoutSeed?: Tensor | undefined;
}

/** A projection to be applied. */
export interface LoraLinearOptions extends Adapted {
  /** The projection's name, without `.weight`. */
  readonly name: string;
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
  const { name, ...rest } = options;
  return loraLinears(parameters, { names: [name], ...rest })[0]!;
}

/**
 * Several projections of one input, each with its adapter, as {@link loraLinear} computes them; the
 * model's own weights are multiplied at once where {@link weightLinears} can.
 *
 * @param parameters - of the model and of the adapters
 * @param options - names of the projections without `.weight`, their input, the adapters
 * @returns `[..., outputs]` of each
 */
export function loraLinears(
  parameters: ParameterLookup,
  { names, bias, ...adapted }: Adapted & { readonly names: readonly string[] },
): readonly Tensor[] {
  const { x, lora, dropoutSeed: seed } = adapted;
  const products = weightLinears(parameters, { names, x, bias });
  return names.map((name, i) => {
    const y = products[i]!;
    if (!lora || !isLoraTarget(name, lora)) return y;
    const { a, b } = loraNames(name);
    const input = seed ? dropout(x, { rate: lora.dropout, seed, site: name }) : x;
    // Scaled where it is narrowest.
    const inner = multiply(linear(input, { weight: parameters(a) }), loraScale(lora));
    return add(y, linear(inner, { weight: parameters(b) }));
  });
}

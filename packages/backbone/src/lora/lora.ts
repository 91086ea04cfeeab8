import { InputError } from '@q-anchor/core';
import { add, linear, multiply, type Tensor } from '@q-anchor/graph';

import type { ParameterSpec, ParameterSpecs, ParameterLookup } from '../decoder/parameters.js';
import { weightLinear } from '../decoder/weight-linear.js';

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

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Whether a projection is adapted. */
const isLoraTarget = (name: string, lora: LoraScale): boolean =>
  lora.targets.includes(lastPart(name));

/** Names of a projection's two factors in PEFT's files. */
const loraNames = (name: string): { readonly a: string; readonly b: string } => ({
  a: `${peftPrefix}${name}.lora_A.weight`,
  b: `${peftPrefix}${name}.lora_B.weight`,
});

/**
 * Parameters of low-rank adapters on the projections of a model's layers, under PEFT's names: for a
 * weight `[outputs, inputs]`, `A [rank, inputs]` and `B [outputs, rank]`; B starts at zero.
 *
 * @param specs - the model's parameters
 * @param lora - rank, alpha, targets
 * @throws {@link InputError} if the rank is no positive integer, or a target is no projection of the layers
 */
export function loraParameters(specs: ParameterSpecs, lora: LoraScale): ParameterSpecs {
  const { rank, targets } = lora;
  if (!Number.isSafeInteger(rank) || rank < 1) {
    throw new InputError({
      where: 'LoRA rank',
      expected: 'an integer of 1 or more',
      found: `${rank}`,
    });
  }
  const adapters: Record<string, ParameterSpec> = {};
  const projections = Object.entries(specs).flatMap(([name, { shape }]) =>
    /\.layers\..*_proj\.weight$/.test(name) ? [{ name: name.replace(/\.weight$/, ''), shape }] : [],
  );
  for (const { name, shape } of projections) {
    if (!isLoraTarget(name, lora)) continue;
    const { a, b } = loraNames(name);
    adapters[a] = { shape: [rank, shape[1]!], kind: 'matrix' };
    adapters[b] = { shape: [shape[0]!, rank], kind: 'bias' };
  }
  const known = new Set(projections.map(({ name }) => lastPart(name)));
  const unknown = targets.find((target) => !known.has(target));
  if (unknown !== undefined) {
    throw new InputError({
      where: 'LoRA targets',
      expected: `projections of the layers (${[...known].join(', ')})`,
      found: `'${unknown}'`,
    });
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
  const y = weightLinear(parameters, { name, x, bias });
  if (!lora || !isLoraTarget(name, lora)) return y;
  const { a, b } = loraNames(name);
  // Scaled where it is narrowest.
  const inner = multiply(linear(x, { weight: parameters(a) }), lora.alpha / lora.rank);
  return add(y, linear(inner, { weight: parameters(b) }));
}

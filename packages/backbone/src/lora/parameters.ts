import type { ParameterSpec, ParameterSpecs } from '../decoder/parameters.js';
import { checkLoraConfig, type LoraConfig } from './config.js';
import { targetedProjections } from './targets.js';

const peftPrefix = 'base_model.model.';

/** Names of a projection's two factors, as in PEFT's files. */
export const loraNames = (name: string): { readonly a: string; readonly b: string } => ({
  a: `${peftPrefix}${name}.lora_A.weight`,
  b: `${peftPrefix}${name}.lora_B.weight`,
});

/**
 * Parameters of low-rank adapters on projections of a model, under PEFT's names: for a weight
 * `[outputs, inputs]`, `A [rank, inputs]`, uniform in `1 / sqrt(inputs)` either way (Kaiming's with
 * `a = sqrt(5)`), and `B [outputs, rank]`, zero.
 *
 * @param specs - the model's parameters
 * @param lora - the adapters
 * @throws {@link @q-anchor/core#InputError} if a number is out of range, or a target names no projection
 */
export function loraParameters(specs: ParameterSpecs, lora: LoraConfig): ParameterSpecs {
  checkLoraConfig(lora);
  const adapters: Record<string, ParameterSpec> = {};
  for (const { name, shape } of targetedProjections(specs, lora.targets)) {
    const { a, b } = loraNames(name);
    adapters[a] = { shape: [lora.rank, shape[1]], kind: 'matrix', start: 'uniform' };
    adapters[b] = { shape: [shape[0], lora.rank], kind: 'matrix', start: 'zero' };
  }
  return adapters;
}

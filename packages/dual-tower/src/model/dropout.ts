import { add, type Tensor } from '@q-anchor/graph';

import type { DualTowerConfig } from './config.js';

/** Whether training a model drops inputs of adapters. */
export function hasDropout({ lora, users: { textEncoder } }: DualTowerConfig): boolean {
  const text = textEncoder?.kind === 'bert' ? textEncoder.lora : undefined;
  return [lora, text].some((adapters) => adapters !== undefined && adapters.dropout > 0);
}

/** Where adapters stand that are applied in one step: each place has masks of its own. */
const places = { anchor: 0, semantic: 1, texts: 2 } as const;

/** The seed of a place, as an option to hand on; no option without dropout. */
export const dropoutSeedOf = (
  place: keyof typeof places,
  seed: Tensor | undefined,
): { readonly dropoutSeed?: Tensor } => (seed ? { dropoutSeed: add(seed, places[place]) } : {});

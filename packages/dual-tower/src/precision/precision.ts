import { quantisedFormats, quantisedNames } from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';

/** How large weights are kept: as floats of 32 or 16 bits, or as integers in blocks with scales. */
export type WeightPrecision = 'f32' | 'f16' | 'bf16' | 'int8' | 'int4';

/** Integers that weights can be quantised to. */
export type QuantisedPrecision = 'int8' | 'int4';

/**
 * To what precision weights are quantised; `f32` where they are not, however a file stores them.
 *
 * @param parameters - a model's
 */
export function quantisedPrecision(parameters: Weights): QuantisedPrecision | 'f32' {
  const names = Object.keys(parameters);
  for (const precision of ['int8', 'int4'] as const) {
    const { packed } = quantisedNames('', quantisedFormats[precision]);
    if (names.some((name) => name.endsWith(packed))) return precision;
  }
  return 'f32';
}

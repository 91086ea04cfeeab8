import type { ParameterSpecs } from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';

import { lengthOf, type Pair } from './compare.js';
import type { Golden } from './golden.js';

/** The quantity's name in rows. */
export const gradientNorms = 'gradient norms';

/** Share of the whole gradient below which a norm counts as none. */
const vanishing = 1e-6;

/**
 * The parameters that a golden has gradient norms of.
 *
 * @throws InputError if it has none, or one of what is no parameter of the model
 */
export function differentiated(golden: Golden, specs: ParameterSpecs): readonly string[] {
  const norms = golden.at('grad_norm');
  const names = norms.entries().map(([name]) => name);
  const unknown = names.find((name) => specs[name] === undefined);
  if (unknown === undefined) return names;
  throw new InputError({
    where: norms.where,
    expected: 'names of parameters',
    found: `'${unknown}'`,
  });
}

/**
 * Gradient norms by parameter. A bias of keys shifts all scores of a query alike, which changes
 * nothing: such a norm is rounding, and is measured beside the whole gradient's.
 */
export function normPairs(
  gradients: ReadonlyMap<string, readonly number[]>,
  golden: Golden,
): readonly Pair[] {
  if (gradients.size === 0) return [];
  const norms = [...gradients].map(([parameter, gradient]) => ({
    label: parameter,
    actual: lengthOf(gradient),
    expected: golden.at('grad_norm').at(parameter).number(),
  }));
  const whole = lengthOf(norms.map(({ expected }) => expected));
  return norms.map(({ label, actual, expected }) => {
    const beside = expected < vanishing * whole ? [whole] : [];
    return { label, actual: [actual, ...beside], expected: [expected, ...beside] };
  });
}

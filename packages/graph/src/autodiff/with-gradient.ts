import { InputError } from '@q-anchor/core';

import type { GradientRule, Tensor } from '../ir/graph.js';

/**
 * Gives a composed tensor a gradient rule of its own.
 *
 * The nodes between `rule.inputs` and `result` are then left out of differentiation for this
 * result: fused ops save the least and skip passes over memory this way. The rule must be the true
 * derivative.
 *
 * @param result - what was composed
 * @param rule - inputs and vector-Jacobian product
 * @returns `result`
 * @throws {@link InputError} if no op made `result`, or one that made it as a further output
 */
export function withGradient(result: Tensor, rule: GradientRule): Tensor {
  if (result.producer?.outputs[0] !== result) {
    throw new InputError({
      where: 'withGradient',
      expected: 'the first output of an op',
      found: `'${result.name}'`,
    });
  }
  result.graph.gradientRules.set(result.id, rule);
  return result;
}

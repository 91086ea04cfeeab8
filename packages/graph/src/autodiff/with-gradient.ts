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
 */
export function withGradient(result: Tensor, rule: GradientRule): Tensor {
  result.graph.gradientRules.set(result.id, rule);
  return result;
}

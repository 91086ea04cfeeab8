import { parameterInputs, withFormats, type ParameterSpecs } from '@q-anchor/backbone';
import type { Weights } from '@q-anchor/backend';
import type { FloatDType, Graph } from '@q-anchor/graph';

import type { DualTowerConfig } from './config.js';
import { dualTowerParameters } from './parameters.js';

/**
 * Declares a model's parameters as inputs of a graph, and tells which ids are added tokens'.
 *
 * @param graph - the graph
 * @param config - the model
 * @param options - `specs`: those parameters alone, all by default; `weights`: what they will be, as
 *   far as some are quantised; `dtype`: default `float32`
 * @returns a lookup by name, as {@link @q-anchor/backbone#parameterInputs}
 */
export function dualTowerInputs(
  graph: Graph,
  config: DualTowerConfig,
  options: {
    readonly specs?: ParameterSpecs;
    readonly weights?: Weights;
    readonly dtype?: FloatDType;
  } = {},
): ReturnType<typeof parameterInputs> {
  const { specs = dualTowerParameters(config), weights = {}, dtype } = options;
  const { addedTokens } = config;
  return parameterInputs(graph, withFormats(specs, weights), {
    addedTokens,
    ...(dtype && { dtype }),
  });
}

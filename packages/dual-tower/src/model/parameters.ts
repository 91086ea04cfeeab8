import {
  decoderParameters,
  initialParameters,
  loraParameters,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';
import { encoderNames, userTokensParameters } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from './config.js';
import { headParameters } from './head.js';

/** All parameters of a model: decoder, adapters, user encoder, head. */
export function dualTowerParameters(config: DualTowerConfig): ParameterSpecs {
  const decoder = decoderParameters(config.decoder);
  return {
    ...decoder,
    ...(config.lora && loraParameters(decoder, config.lora)),
    ...userTokensParameters(config.users),
    ...headParameters(config),
  };
}

/**
 * Start values of a model trained from scratch.
 *
 * The text encoder's table starts at deviation 1, so that an event's text weighs about as much as
 * its age and value, which join it by projections of that size. At the decoder's 0.05 texts were
 * some 0.3 % of an event's variance, and training kept to ages and values.
 *
 * @param config - the model
 * @param seed - of the draws
 */
export function initialDualTower(
  config: DualTowerConfig,
  seed: number,
): Record<string, TensorData> {
  const { [encoderNames.text]: text, ...others } = dualTowerParameters(config);
  return {
    ...initialParameters(others, { seed, layers: config.decoder.layers }),
    ...initialParameters({ [encoderNames.text]: text! }, { seed, embeddingDeviation: 1 }),
  };
}

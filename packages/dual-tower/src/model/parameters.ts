import {
  decoderParameters,
  initialParameters,
  loraParameters,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import type { TensorData } from '@q-anchor/graph';
import { userTokensParameters } from '@q-anchor/user-tokens';

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

/** Start values of a model trained from scratch. */
export function initialDualTower(
  config: DualTowerConfig,
  seed: number,
): Record<string, TensorData> {
  return initialParameters(dualTowerParameters(config), { seed, layers: config.decoder.layers });
}

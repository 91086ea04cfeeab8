import type { ParameterLookup } from '@q-anchor/backbone';
import type { FloatDType, Graph, Tensor } from '@q-anchor/graph';
import { textEncoderOf, userPrefix } from '@q-anchor/user-tokens';

import type { DualTowerConfig } from './config.js';
import { dropoutSeedOf } from './dropout.js';
import { anchorTower, type AnchorTower } from './towers.js';

/**
 * Users' prefixes and the anchor tower behind them, as training reads them. A frozen text encoder is no
 * part of it: event texts come embedded.
 *
 * @param graph - the graph; its inputs are those of `collateUsers` and, of `collatePairs`, the anchors'
 * @param options - model, parameters, element type; in training a seed `int64 []` of the adapters'
 *   dropout, another one each step
 */
export function anchoredUsers(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly dtype?: FloatDType;
    readonly dropoutSeed?: Tensor | undefined;
  },
): AnchorTower {
  const { config, parameters, dtype = 'float32', dropoutSeed } = options;
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters,
    textSource: textEncoderOf(config.users).isFrozen ? 'embeddings' : 'tokens',
    dtype,
    ...dropoutSeedOf('texts', dropoutSeed),
  });
  return anchorTower(graph, { config, parameters, prefix, dropoutSeed });
}

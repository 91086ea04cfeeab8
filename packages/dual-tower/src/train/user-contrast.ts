import type { ParameterLookup } from '@q-anchor/backbone';
import { scopedInputs, type Graph, type Tensor } from '@q-anchor/graph';

import { anchoredUsers } from '../model/anchored-users.js';
import type { DualTowerConfig } from '../model/config.js';
import type { ExampleBatch } from '../batch/collate-examples.js';
import { sliceContrast, slicePairs } from './user-slices.js';

/** The slices' inputs stand beside those of the pairs, of the same names. */
const scope = 'slices';

/**
 * The contrast between slices of a batch's users, by the hidden state at `<|user_emb|>` behind no
 * question: it has no head, so that the head stays the answers' own.
 *
 * @param graph - the graph; inputs are {@link userContrastFeeds}
 * @param options - model, parameters; in training a seed `int64 []` of the adapters' dropout
 * @returns a scalar, in nats
 */
export function userContrast(
  graph: Graph,
  options: {
    readonly config: DualTowerConfig;
    readonly parameters: ParameterLookup;
    readonly dropoutSeed?: Tensor | undefined;
  },
): Tensor {
  const inputs = scopedInputs(graph, scope);
  const { states } = anchoredUsers(inputs, options);
  return sliceContrast(slicePairs(inputs, states), options.config.contrastive.temperature);
}

/** A batch of slices as inputs of {@link userContrast}. */
export const userContrastFeeds = ({ feeds }: Pick<ExampleBatch, 'feeds'>): ExampleBatch['feeds'] =>
  Object.fromEntries(Object.entries(feeds).map(([name, data]) => [`${scope}.${name}`, data]));

import type { ParameterLookup } from '@q-anchor/backbone';
import { add, gather, linear, matmul, type FloatDType, type Graph } from '@q-anchor/graph';

import {
  modalityNames,
  tabularModality,
  timeFeatureCount,
  valueFeatureCount,
  type UserTokensConfig,
} from '../config.js';
import type { ModalityEvents } from './hierarchy.js';
import { encoderNames } from './parameters.js';

/** Names of the graph inputs a batch of users feeds; `collateUsers` makes their content. */
export const userInputNames = {
  bagTokens: 'users.bagTokens',
  bag: (modality: string): string => `users.${modality}.bag`,
  text: (modality: string): string => `users.${modality}.text`,
  time: (modality: string): string => `users.${modality}.time`,
  value: (modality: string): string => `users.${modality}.value`,
  mean: (modality: string): string => `users.${modality}.mean`,
  tabular: 'users.tabular.features',
  tabularMean: 'users.tabular.mean',
  modalityWeights: 'users.modalityWeights',
  slots: 'users.slots',
  segments: 'users.segments',
  positions: 'users.positions',
  constantTokens: 'users.constantTokens',
} as const;

/** Symbol of the number of events of a modality in a batch. */
const eventsOf = (modality: string): string => `events_${modality.replaceAll(/\W/g, '_')}`;

/**
 * Declares the inputs of a batch's events and embeds them:
 * `h = textEmbedding + W_time timeFeatures + W_value valueFeatures`; the profile's is
 * `W features + b`.
 *
 * With `textSource: 'tokens'` texts come as bags of tokens (`[events, distinct tokens]` weights over
 * the batch's distinct tokens `[distinct tokens]`), so that the table gets gradients through matrix
 * products; with `'embeddings'` they come embedded already, from the cache.
 *
 * @param graph - the graph
 * @param options - configuration, parameters, text source, element type
 */
export function embedEvents(
  graph: Graph,
  options: {
    readonly config: UserTokensConfig;
    readonly parameters: ParameterLookup;
    readonly textSource: 'tokens' | 'embeddings';
    readonly dtype?: FloatDType;
  },
): readonly ModalityEvents[] {
  const { config, parameters, textSource, dtype = 'float32' } = options;
  const { eventWidth } = config;
  const bagRows =
    textSource === 'tokens' && config.modalities.length > 0
      ? gather(
          parameters(encoderNames.text),
          graph.input(userInputNames.bagTokens, ['bag_tokens'], 'int64'),
          { isDistinct: true },
        )
      : undefined;
  return modalityNames(config).map((name): ModalityEvents => {
    if (name === tabularModality) {
      const features = graph.input(
        userInputNames.tabular,
        ['batch', config.tabularFeatures],
        dtype,
      );
      return {
        name,
        embeddings: linear(features, {
          weight: parameters(encoderNames.tabularWeight),
          bias: parameters(encoderNames.tabularBias),
        }),
        mean: graph.input(userInputNames.tabularMean, ['batch', 'batch'], dtype),
      };
    }
    const count = eventsOf(name);
    let embeddings = bagRows
      ? matmul([graph.input(userInputNames.bag(name), [count, 'bag_tokens'], dtype), bagRows])
      : graph.input(userInputNames.text(name), [count, eventWidth], dtype);
    if (config.timeFeatures) {
      const time = graph.input(userInputNames.time(name), [count, timeFeatureCount], dtype);
      embeddings = add(embeddings, linear(time, { weight: parameters(encoderNames.time(name)) }));
    }
    if (config.valueFeatures) {
      const value = graph.input(userInputNames.value(name), [count, valueFeatureCount], dtype);
      embeddings = add(embeddings, linear(value, { weight: parameters(encoderNames.value(name)) }));
    }
    const mean = graph.input(userInputNames.mean(name), ['batch', count], dtype);
    return { name, embeddings, mean };
  });
}

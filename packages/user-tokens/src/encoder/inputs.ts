import type { ParameterLookup } from '@q-anchor/backbone';
import { add, linear, type FloatDType, type Graph, type Tensor } from '@q-anchor/graph';

import {
  modalityNames,
  tabularModality,
  timeFeatureCount,
  valueFeatureCount,
  type UserTokensConfig,
} from '../config.js';
import { eventsOf } from '../text/names.js';
import { textEncoderOf } from '../text/text-encoder-of.js';
import type { ModalityEvents } from './hierarchy.js';
import { encoderNames } from './parameters.js';

/**
 * What a graph reads of event texts: their tokens, with the text encoder in the graph, or their
 * embeddings.
 */
export type TextSource = 'tokens' | 'embeddings';

/** Names of the graph inputs a batch of users feeds besides its texts; `collateUsers` makes their content. */
export const userInputNames = {
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

/**
 * Declares the inputs of a batch's events and embeds them:
 * `h = textEmbedding + W_time timeFeatures + W_value valueFeatures`; the profile's is
 * `W features + b`.
 *
 * With `textSource: 'tokens'` the text encoder is part of the graph, and gets its gradient; with
 * `'embeddings'` texts come embedded already, from a cache.
 *
 * @param graph - the graph
 * @param options - configuration, parameters, text source, element type; in training a seed
 *   `int64 []` for the dropout of the text encoder's adapters
 */
export function embedEvents(
  graph: Graph,
  options: {
    readonly config: UserTokensConfig;
    readonly parameters: ParameterLookup;
    readonly textSource: TextSource;
    readonly dtype?: FloatDType | undefined;
    readonly dropoutSeed?: Tensor | undefined;
  },
): readonly ModalityEvents[] {
  const { config, parameters, textSource, dtype = 'float32' } = options;
  const { eventWidth } = config;
  const names = config.modalities.map(({ name }) => name);
  const texts =
    textSource === 'tokens' && names.length > 0
      ? textEncoderOf(config).embed(graph, { ...options, groups: names })
      : undefined;
  return modalityNames(config).map((name, m): ModalityEvents => {
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
    let embeddings =
      texts?.[m] ?? graph.input(userInputNames.text(name), [count, eventWidth], dtype);
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

import { decoder, type ParameterLookup } from '@q-anchor/backbone';
import {
  givenFeeds,
  givenInputs,
  type DualTowerConfig,
  type UserTokens,
} from '@q-anchor/dual-tower';
import { concat, type Graph, type Tensor, type TensorData } from '@q-anchor/graph';
import type { TextTokenizer } from '@q-anchor/user-tokens';

import { collatePrompted } from '../model/collate-prompted.js';
import { promptedInputNames } from '../model/prompted-input-names.js';
import { questionTokens } from '../model/question-tokens.js';
import { askedTokens, scenarioEmbeddings } from '../model/scenario-embeddings.js';

/**
 * The anchor tower over whole sequences, `prefix | question, <|user_emb|> | question, <|user_emb|> | ...`,
 * all of them read with the adapters of the configuration.
 *
 * @param graph - the graph; inputs are given tokens and those of questions without prompts
 * @param options - model, parameters and adapters
 * @returns one vector a user, `[batch, output]`: the mean of its questions' embeddings of length 1
 */
export function adaptedTower(
  graph: Graph,
  options: { readonly config: DualTowerConfig; readonly parameters: ParameterLookup },
): Tensor {
  const { config, parameters } = options;
  const prefix = givenInputs(graph, config.decoder.width);
  const { embeddings, layout } = askedTokens(graph, questionTokens(graph, options));
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, embeddings], 1),
    layout: {
      segments: concat([prefix.layout.segments, layout.segments], 1),
      positions: concat([prefix.layout.positions, layout.positions], 1),
    },
    ...(config.lora && { lora: config.lora }),
  });
  return scenarioEmbeddings(graph, { config, hidden, parameters });
}

/**
 * Feeds of {@link adaptedTower}.
 *
 * @param users - their prefix tokens
 * @param options - model, tokenizer, questions
 * @throws {@link @q-anchor/core#InputError} if a question has more tokens than those of training, or
 * a sequence more than the decoder has positions
 */
export function adaptedFeeds(
  users: UserTokens,
  options: {
    readonly config: DualTowerConfig;
    readonly tokenizer: TextTokenizer;
    readonly queries: readonly string[];
  },
): Record<string, TensorData> {
  const { prefixLengths, embeddings } = users;
  const { [promptedInputNames.rows]: _, ...asked } = collatePrompted(options.queries, {
    ...options,
    promptTokens: 0,
    prefixLengths,
    tokensBefore: embeddings.shape[1]!,
  });
  return { ...givenFeeds(users), ...asked };
}

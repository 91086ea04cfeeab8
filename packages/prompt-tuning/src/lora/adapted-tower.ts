import { decoder, tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import {
  givenFeeds,
  givenInputs,
  projectionHead,
  type DualTowerConfig,
  type UserTokens,
} from '@q-anchor/dual-tower';
import {
  broadcastTo,
  concat,
  gather,
  productOf,
  reshape,
  type Graph,
  type Tensor,
  type TensorData,
} from '@q-anchor/graph';
import type { TextTokenizer } from '@q-anchor/user-tokens';

import { collatePrompted } from '../model/collate-prompted.js';
import { promptedInputNames } from '../model/prompted-tower.js';

/**
 * The anchor tower over whole sequences, `prefix, query, <|user_emb|>`, all of them read with the adapters
 * of the configuration.
 *
 * @param graph - the graph; inputs are given tokens and those of a query without prompts
 * @param options - model, parameters and adapters
 * @returns one vector a user, `[batch, output]`, not normalised
 */
export function adaptedTower(
  graph: Graph,
  options: { readonly config: DualTowerConfig; readonly parameters: ParameterLookup },
): Tensor {
  const { config, parameters } = options;
  const { width } = config.decoder;
  const prefix = givenInputs(graph, width);
  const query = tokenEmbeddings(
    parameters,
    graph.input(promptedInputNames.tokens, ['query'], 'int64'),
  );
  const placed = (name: string): Tensor => graph.input(name, ['batch', 'query'], 'int64');
  const asked = broadcastTo(reshape(query, [1, 'query', width]), ['batch', 'query', width]);
  const { hidden } = decoder(parameters, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, asked], 1),
    layout: {
      segments: concat([prefix.layout.segments, placed(promptedInputNames.segments)], 1),
      positions: concat([prefix.layout.positions, placed(promptedInputNames.positions)], 1),
    },
    ...(config.lora && { lora: config.lora }),
  });
  const rows = reshape(hidden, [productOf('batch', hidden.shape[1]!), width]);
  const index = graph.input(promptedInputNames.embeddingIndex, ['batch'], 'int64');
  return projectionHead(gather(rows, index, { isDistinct: true }), parameters);
}

/**
 * Feeds of {@link adaptedTower}.
 *
 * @param users - their prefix tokens
 * @param options - model, tokenizer, query
 * @throws {@link @q-anchor/core#InputError} if the query has more tokens than those of training, or
 * a sequence more than the decoder has positions
 */
export function adaptedFeeds(
  users: UserTokens,
  options: {
    readonly config: DualTowerConfig;
    readonly tokenizer: TextTokenizer;
    readonly query: string;
  },
): Record<string, TensorData> {
  const { prefixLengths, embeddings } = users;
  const asked = collatePrompted(options.query, { ...options, promptTokens: 0, prefixLengths });
  const length = embeddings.shape[1]! + asked[promptedInputNames.tokens]!.shape[0]!;
  return {
    ...givenFeeds(users),
    ...asked,
    // Each user's last token, prefixes counted.
    [promptedInputNames.embeddingIndex]: {
      dtype: 'int64',
      shape: [prefixLengths.length],
      data: BigInt64Array.from(prefixLengths, (_, b) => BigInt((b + 1) * length - 1)),
    },
  };
}

import { decoder } from '@q-anchor/backbone';
import type { Engine, Weights } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { createGraph } from '@q-anchor/graph';
import {
  collateUsers,
  userEmbeddingToken,
  userInputNames,
  userPrefix,
  type CollateUsersOptions,
  type TextTokenizer,
} from '@q-anchor/user-tokens';

import { checkPositions } from '../model/check-positions.js';
import type { DualTowerConfig } from '../model/config.js';
import { queryTokenIds } from '../model/query-tokens.js';
import { dualTowerInputs } from '../model/inputs.js';
import { collateQueries } from './collate-queries.js';
import { pastFeeds, pastInputs, pastNames, type PastContent } from './past-inputs.js';
import { embeddingsAt, queryTokens, weightsOf } from './query-graph.js';

/** Encoded prefixes of a batch of users: all that queries need to know of them. */
export interface PrefixCache extends PastContent {
  /** Tokens of each user's prefix, padding not counted. */
  readonly prefixLengths: readonly number[];
}

/** Encodes prefixes. */
export interface PrefixEncoder extends AsyncDisposable {
  /**
   * Keys and values of the users' prefixes.
   *
   * @param profiles - at least one user
   * @throws {@link InputError} if there is none, or a prefix is longer than the decoder's positions
   */
  encode(profiles: readonly UserProfile[]): Promise<PrefixCache>;
}

/** Answers queries on encoded prefixes. */
export interface QueryRunner extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /**
   * Embeddings of the cached users for queries, all packed in one run; none sees another.
   *
   * @param cache - encoded prefixes
   * @param queries - at least one question; an empty text asks nothing
   * @returns `[users, queries, dimensions]`, rows of length 1
   * @throws {@link InputError} if there is no query, or one has more tokens than the model was
   * trained with
   */
  embed(cache: PrefixCache, queries: readonly string[]): Promise<Float32Array>;
}

/** The model both programs are compiled from. */
export interface PrefixProgramOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** The model's parameters, plain or quantised, in memory or in files. */
  readonly parameters: Weights;
}

/** The block of cached tokens that is a prefix. */
export const prefixBlock = 'prefix';

/**
 * Compiles the part of a model before the first query: users to keys and values. It depends on no
 * query, so that its result serves any number of them.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and fitted features
 */
export async function createPrefixEncoder(
  engine: Engine,
  options: PrefixProgramOptions & { readonly collate: Omit<CollateUsersOptions, 'config'> },
): Promise<PrefixEncoder> {
  const { config, parameters, collate } = options;
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters: lookup,
    textSource: collate.textEmbedding ? 'embeddings' : 'tokens',
  });
  const { cache } = decoder(lookup, {
    config: config.decoder,
    ...prefix,
    ...(config.lora && { lora: config.lora }),
  });
  const names = pastNames(prefixBlock);
  for (const [layer, { keys, values }] of cache.entries()) {
    graph.output(names.keys(layer), keys);
    graph.output(names.values(layer), values);
  }
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  return {
    async encode(profiles) {
      const { feeds, prefixLengths } = collateUsers(profiles, { config: config.users, ...collate });
      checkPositions(Math.max(...prefixLengths), config.decoder);
      const outputs = await program.run(feeds);
      return {
        prefixLengths,
        layout: {
          segments: feeds[userInputNames.segments]!,
          positions: feeds[userInputNames.positions]!,
        },
        layers: Array.from(cache.keys(), (layer) => ({
          keys: outputs[names.keys(layer)]!,
          values: outputs[names.values(layer)]!,
        })),
      };
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

/**
 * Compiles the part of a model behind a cached prefix: queries to embeddings. Prefix keys and
 * values are read in place, never joined with the queries' own.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer
 */
export async function createQueryRunner(
  engine: Engine,
  options: PrefixProgramOptions & { readonly tokenizer: TextTokenizer },
): Promise<QueryRunner> {
  const { config, parameters, tokenizer } = options;
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const queries = queryTokens(graph, lookup);
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: queries.embeddings,
    layout: queries,
    past: [pastInputs(graph, { block: prefixBlock, decoder: config.decoder })],
    ...(config.lora && { lora: config.lora }),
  });
  graph.output('embeddings', embeddingsAt(graph, { hidden, parameters: lookup }));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);
  return {
    dimensions: config.head.output,
    async embed(cache, texts) {
      if (texts.length === 0) {
        throw new InputError({ where: 'queries', expected: 'at least one', found: 'none' });
      }
      const ids = queryTokenIds(texts, { config, tokenizer });
      const longestQuery = Math.max(...ids.map((query) => query.length + 1));
      const { prefixLengths } = cache;
      checkPositions(Math.max(...prefixLengths) + longestQuery, config.decoder);
      const feeds = collateQueries(ids, { prefixLengths, userEmbeddingId, isJoined: false });
      const { embeddings } = await program.run({ ...pastFeeds(prefixBlock, cache), ...feeds });
      return embeddings!.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

import { decoder, parameterInputs, type LayerCache } from '@q-anchor/backbone';
import type { Engine, Tensors } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';
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
import { dualTowerParameters } from '../model/parameters.js';
import { collateQueries } from './collate-queries.js';
import { embeddingsAt, queryTokens, weightsOf } from './query-graph.js';

/** Encoded prefixes of a batch of users: all that queries need to know of them. */
export interface PrefixCache {
  /** Tokens of each user's prefix, padding not counted. */
  readonly prefixLengths: readonly number[];
  /** Segments and positions of the prefix tokens, each `int64 [users, prefix]`. */
  readonly layout: { readonly segments: TensorData; readonly positions: TensorData };
  /** Rotated keys and values of each layer, each `[users, groups, prefix, size]`. */
  readonly layers: readonly { readonly keys: TensorData; readonly values: TensorData }[];
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
   * @throws {@link InputError} if there is no query, or one is too long
   */
  embed(cache: PrefixCache, queries: readonly string[]): Promise<Float32Array>;
}

/** The model both programs are compiled from. */
export interface PrefixProgramOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** The model's parameters. */
  readonly parameters: Tensors;
}

/** Names of the graph inputs that carry a cached prefix. */
const pastNames = {
  segments: 'past.segments',
  positions: 'past.positions',
  keys: (layer: number): string => `past.${layer}.keys`,
  values: (layer: number): string => `past.${layer}.values`,
} as const;

const layersOf = ({ decoder: { layers } }: DualTowerConfig): readonly number[] => [
  ...Array(layers).keys(),
];

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
  const lookup = parameterInputs(graph, dualTowerParameters(config));
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
  for (const [layer, { keys, values }] of cache.entries()) {
    graph.output(pastNames.keys(layer), keys);
    graph.output(pastNames.values(layer), values);
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
        layers: layersOf(config).map((layer) => ({
          keys: outputs[pastNames.keys(layer)]!,
          values: outputs[pastNames.values(layer)]!,
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
  const { keyValueHeads, headSize } = config.decoder;
  const graph = createGraph();
  const lookup = parameterInputs(graph, dualTowerParameters(config));
  const queries = queryTokens(graph, lookup);
  const block = ['batch', keyValueHeads, 'past', headSize];
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: queries.embeddings,
    layout: queries,
    past: {
      layout: {
        segments: graph.input(pastNames.segments, ['batch', 'past'], 'int64'),
        positions: graph.input(pastNames.positions, ['batch', 'past'], 'int64'),
      },
      layers: layersOf(config).map((layer): LayerCache => ({
        keys: graph.input(pastNames.keys(layer), block),
        values: graph.input(pastNames.values(layer), block),
      })),
    },
    ...(config.lora && { lora: config.lora }),
  });
  graph.output('embeddings', embeddingsAt(graph, { hidden, parameters: lookup }));
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);
  return {
    dimensions: config.head.output,
    async embed({ prefixLengths, layout, layers }, texts) {
      if (texts.length === 0) {
        throw new InputError({ where: 'queries', expected: 'at least one', found: 'none' });
      }
      const ids = texts.map((text) => tokenizer.encode(text));
      const longestQuery = Math.max(...ids.map((query) => query.length + 1));
      checkPositions(Math.max(...prefixLengths) + longestQuery, config.decoder);
      const past: Record<string, TensorData> = {
        [pastNames.segments]: layout.segments,
        [pastNames.positions]: layout.positions,
      };
      for (const [layer, { keys, values }] of layers.entries()) {
        past[pastNames.keys(layer)] = keys;
        past[pastNames.values(layer)] = values;
      }
      const feeds = collateQueries(ids, { prefixLengths, userEmbeddingId, isJoined: false });
      const { embeddings } = await program.run({ ...past, ...feeds });
      return embeddings!.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
    },
  };
}

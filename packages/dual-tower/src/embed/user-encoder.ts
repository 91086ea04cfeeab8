import type { Engine, Weights } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import { createGraph, type TensorData } from '@q-anchor/graph';
import {
  collateUsers,
  userInputNames,
  userPrefix,
  type CollateUsersOptions,
  type EventEmbeddingCacheCounts,
  type EventEmbeddingStore,
} from '@q-anchor/user-tokens';

import { checkPositions } from '../model/check-positions.js';
import type { DualTowerConfig } from '../model/config.js';
import { dualTowerInputs } from '../model/inputs.js';
import { cachedTexts } from './cached-texts.js';
import type { GivenTokens } from './given-tokens.js';
import { weightsOf } from './query-graph.js';
import { createTextEncoder } from './text-encoder.js';

/** The prefix tokens of a batch of users. */
export interface UserTokens extends GivenTokens {
  /** Tokens of each user's prefix, padding not counted. */
  readonly prefixLengths: readonly number[];
}

/** A model's part before the decoder: users to prefix tokens. */
export interface UserEncoder extends AsyncDisposable {
  /** How often event texts were found embedded already; only with a text cache. */
  readonly textCounts: EventEmbeddingCacheCounts | undefined;
  /**
   * Prefix tokens.
   *
   * @throws {@link @q-anchor/core#InputError} if there is no user, or a prefix is longer than the
   * decoder's positions
   */
  tokens(profiles: readonly UserProfile[]): Promise<UserTokens>;
}

/** How event texts' embeddings are kept. */
export interface TextCacheOptions {
  /** Embeddings kept in memory. */
  readonly maxEntries: number;
  /** Where they are kept beside; it must belong to this very model. None by default. */
  readonly store?: EventEmbeddingStore | undefined;
}

/** What {@link createUserEncoder} is given. */
export interface UserEncoderOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** The model's parameters, plain or quantised, in memory or in files. */
  readonly parameters: Weights;
  /** Tokenizer and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config' | 'textEmbedding'>;
  /**
   * Whether event texts are embedded once and kept by content, or how many of them are; `true` keeps
   * 100,000; a store keeps them beyond the encoder's end. Without it every text is embedded with its
   * user. Default true where the text encoder is BERT, else false.
   */
  readonly textCache?: boolean | TextCacheOptions | undefined;
}

/**
 * Compiles the user encoder, which has none of the decoder's layers.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and fitted features
 */
export async function createUserEncoder(
  engine: Engine,
  options: UserEncoderOptions,
): Promise<UserEncoder> {
  const { config, parameters, collate } = options;
  const { textCache = config.users.textEncoder?.kind === 'bert' } = options;
  const kept: TextCacheOptions =
    typeof textCache === 'object' ? textCache : { maxEntries: 100_000 };
  const texts =
    textCache === false
      ? undefined
      : await createTextEncoder(engine, { config, parameters, collate, ...kept });
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters: lookup,
    textSource: texts ? 'embeddings' : 'tokens',
  });
  graph.output('tokens', prefix.embeddings);
  const program = await engine.compile(graph, { weights: weightsOf(graph, parameters) });
  return {
    get textCounts() {
      return texts?.cache.counts;
    },
    async tokens(profiles) {
      const textEmbedding =
        texts && (await cachedTexts(profiles, { config: config.users, cache: texts.cache }));
      const { feeds, prefixLengths } = collateUsers(profiles, {
        config: config.users,
        ...collate,
        ...(textEmbedding && { textEmbedding }),
      });
      checkPositions(Math.max(...prefixLengths), config.decoder);
      const { tokens } = await program.run(feeds);
      const feed = (name: string): TensorData => feeds[name]!;
      return {
        prefixLengths,
        embeddings: tokens!,
        layout: {
          segments: feed(userInputNames.segments),
          positions: feed(userInputNames.positions),
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await texts?.[Symbol.asyncDispose]();
    },
  };
}

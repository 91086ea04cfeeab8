import { decoder } from '@q-anchor/backbone';
import type { Engine, Program, Weights } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { concat, createGraph } from '@q-anchor/graph';
import {
  collateUsers,
  userEmbeddingToken,
  userPrefix,
  type CollateUsersOptions,
  type EventEmbeddingCacheCounts,
  type TextSource,
} from '@q-anchor/user-tokens';

import { checkPositions } from '../model/check-positions.js';
import type { DualTowerConfig } from '../model/config.js';
import { queryTokenIds } from '../model/query-tokens.js';
import { dualTowerInputs } from '../model/inputs.js';
import { cachedTexts } from './cached-texts.js';
import { collateQueries } from './collate-queries.js';
import { embeddingsAt, queryTokens, weightsOf } from './query-graph.js';
import { createTextEncoder } from './text-encoder.js';

/** Embeds users for queries. */
export interface Embedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /** How often event texts were found embedded already; only with a text cache. */
  readonly textCounts: EventEmbeddingCacheCounts | undefined;
  /**
   * Embeddings of users for queries; each user's prefix is encoded once for all queries.
   *
   * @param profiles - at least one user
   * @param queries - at least one question; an empty text asks nothing: the embedding of the user as such
   * @returns `[users, queries, dimensions]`, rows of length 1
   * @throws {@link InputError} if there is no user or no query, a query has more tokens than
   * the model was trained with, or a sequence more than the decoder has positions
   */
  embed(profiles: readonly UserProfile[], queries: readonly string[]): Promise<Float32Array>;
}

/** What {@link createEmbedder} is given. */
export interface EmbedderOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** The model's parameters, plain or quantised, in memory or in files. */
  readonly parameters: Weights;
  /** Tokenizer and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config' | 'textEmbedding'>;
  /** Users a run. Default 64. */
  readonly batchUsers?: number;
  /**
   * Whether event texts are embedded once and kept by content, or how many of them are; `true` keeps
   * 100,000. Without it every text is embedded in the main run. Default true where the text encoder
   * is BERT, else false.
   */
  readonly textCache?: boolean | { readonly maxEntries: number };
}

/**
 * Compiles a model for embedding users.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and features
 */
export async function createEmbedder(engine: Engine, options: EmbedderOptions): Promise<Embedder> {
  const { config, parameters, collate, batchUsers = 64 } = options;
  const { textCache = config.users.textEncoder?.kind === 'bert' } = options;
  const { tokenizer } = collate;
  const { maxEntries } = typeof textCache === 'object' ? textCache : { maxEntries: 100_000 };
  const texts =
    textCache === false
      ? undefined
      : await createTextEncoder(engine, { config, parameters, collate, maxEntries });
  const textSource = texts ? 'embeddings' : 'tokens';
  const program = await compileEmbedding(engine, { config, parameters, textSource });
  const dimensions = config.head.output;
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);

  const embedBatch = async (
    profiles: readonly UserProfile[],
    queries: readonly (readonly number[])[],
  ): Promise<Float32Array> => {
    const textEmbedding =
      texts && (await cachedTexts(profiles, { config: config.users, cache: texts.cache }));
    const { feeds, prefixLengths } = collateUsers(profiles, {
      config: config.users,
      ...collate,
      ...(textEmbedding && { textEmbedding }),
    });
    const longestQuery = Math.max(...queries.map((query) => query.length + 1));
    checkPositions(Math.max(...prefixLengths) + longestQuery, config.decoder);
    const packed = collateQueries(queries, { prefixLengths, userEmbeddingId, isJoined: true });
    const { embeddings } = await program.run({ ...feeds, ...packed });
    return embeddings!.data as Float32Array;
  };

  return {
    dimensions,
    get textCounts() {
      return texts?.cache.counts;
    },
    async embed(profiles, queries) {
      if (profiles.length === 0 || queries.length === 0) {
        const found = `${profiles.length} users, ${queries.length} queries`;
        throw new InputError({
          where: 'embed',
          expected: 'at least one user and one query',
          found,
        });
      }
      const size = queries.length * dimensions;
      const out = new Float32Array(profiles.length * size);
      const ids = queryTokenIds(queries, { config, tokenizer });
      // Users of like length share a batch, so that little is padding.
      const order = [...profiles.keys()].toSorted(
        (a, b) => events(profiles[a]!) - events(profiles[b]!),
      );
      for (let start = 0; start < order.length; start += batchUsers) {
        const chosen = order.slice(start, start + batchUsers);
        const rows = await embedBatch(
          chosen.map((index) => profiles[index]!),
          ids,
        );
        for (const [row, index] of chosen.entries()) {
          out.set(rows.subarray(row * size, (row + 1) * size), index * size);
        }
      }
      return out;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await texts?.[Symbol.asyncDispose]();
    },
  };
}

const events = (profile: UserProfile): number =>
  Object.values(profile.events).reduce((sum, list) => sum + list.length, 0);

/** Prefix and packed queries in one run. */
async function compileEmbedding(
  engine: Engine,
  {
    config,
    parameters,
    textSource,
  }: Pick<EmbedderOptions, 'config' | 'parameters'> & {
    readonly textSource: TextSource;
  },
): Promise<Program> {
  const graph = createGraph();
  const lookup = dualTowerInputs(graph, config, { weights: parameters });
  const prefix = userPrefix(graph, {
    config: config.users,
    parameters: lookup,
    textSource,
  });
  const queries = queryTokens(graph, lookup);
  const { hidden } = decoder(lookup, {
    config: config.decoder,
    embeddings: concat([prefix.embeddings, queries.embeddings], 1),
    layout: {
      segments: concat([prefix.layout.segments, queries.segments], 1),
      positions: concat([prefix.layout.positions, queries.positions], 1),
    },
    ...(config.lora && { lora: config.lora }),
  });
  graph.output('embeddings', embeddingsAt(graph, { hidden, parameters: lookup }));
  return engine.compile(graph, { weights: weightsOf(graph, parameters) });
}

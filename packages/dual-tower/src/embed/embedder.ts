import type { Engine } from '@q-anchor/backend';
import { eventCount, InputError, type UserProfile } from '@q-anchor/core';
import type { TensorData } from '@q-anchor/graph';
import { userEmbeddingToken, type EventEmbeddingCacheCounts } from '@q-anchor/user-tokens';

import type { AskedQuery } from '../attention/query-attention.js';
import { checkPositions } from '../model/check-positions.js';
import { embeddingSize } from '../model/embedding.js';
import { queryTokenIds } from '../model/query-tokens.js';
import { collateAsked, type AskedIds } from './collate-asked.js';
import { collateQueries } from './collate-queries.js';
import { createEmbeddingProgram } from './embedding-program.js';
import { checkPrompts } from './given-prompts.js';
import type { PrefixCache } from './prefix-cache.js';
import { isReadAtOnce } from './read-prefix.js';
import type { StoragePrecision } from './stored-prefix.js';
import { createUserEncoder, type UserEncoderOptions } from './user-encoder.js';

/** Embeds users for queries. */
export interface Embedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /** How often event texts were found embedded already; only with a text cache. */
  readonly textCounts: EventEmbeddingCacheCounts | undefined;
  /**
   * Embeddings of users for queries; each user's prefix is read once for all queries.
   *
   * @param profiles - at least one user
   * @param queries - at least one question; an empty text asks nothing: the embedding of the user as such
   * @returns `[users, queries, dimensions]`, rows of length 1
   * @throws {@link InputError} if there is no user or no query, a query has more tokens than
   * the model was trained with, or a sequence more than the decoder has positions
   */
  embed(profiles: readonly UserProfile[], queries: readonly string[]): Promise<Float32Array>;
  /**
   * Keys and values of users' prefixes. They depend on no query, so that they serve any number of them.
   *
   * @param profiles - at least one user; all are read in one batch
   * @throws {@link InputError} if there is none, or a prefix is longer than the decoder's positions
   */
  encode(profiles: readonly UserProfile[]): Promise<PrefixCache>;
  /**
   * Embeddings of encoded users for queries, all packed in one run; none sees another.
   *
   * @param cache - encoded prefixes
   * @param queries - at least one question; an empty text asks nothing
   * @param options - soft prompts before the query
   * @returns `[users, queries, dimensions]`, rows of length 1
   * @throws {@link InputError} as {@link Embedder.embed}, or if there are prompts and several queries
   * @throws {@link @q-anchor/core#ShapeError} if the prompts are not of the decoder's width
   */
  embedCached(
    cache: PrefixCache,
    queries: readonly string[],
    options?: CachedQueryOptions,
  ): Promise<Float32Array>;
  /**
   * Embeddings of encoded users, each for queries of its own, with or without soft prompts: all packed in
   * one run; none sees another.
   *
   * @param cache - encoded prefixes, as computed or as they are kept
   * @param asked - by user, in their order, at least one query each
   * @returns by user `[queries, dimensions]`, rows of length 1
   * @throws {@link InputError} as {@link Embedder.embed}, if there are not as many lists as users, or if
   * prefixes are kept in a precision that the embedder wasn't made for
   * @throws {@link @q-anchor/core#ShapeError} if prompts are not of the decoder's width
   */
  embedAsked(
    cache: PrefixCache,
    asked: ReadonlyArray<readonly AskedQuery[]>,
  ): Promise<readonly Float32Array[]>;
}

/** Options of {@link Embedder.embedCached}. */
export interface CachedQueryOptions {
  /** Soft prompts between the prefix and the one query there is then, float32 `[prompts, D]`. */
  readonly prompts?: TensorData;
}

/** What {@link createEmbedder} is given. */
export interface EmbedderOptions extends UserEncoderOptions {
  /** Users a run. Default 64. */
  readonly batchUsers?: number;
  /**
   * A precision in which cached prefixes may be, beside f32: they become floats in the program, so that
   * nothing is copied before. Default f32 alone.
   */
  readonly storage?: StoragePrecision;
}

/**
 * Compiles a model for embedding users. Prefixes and queries are read by one program, so that the
 * decoder's weights are in memory once.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and features
 */
export async function createEmbedder(engine: Engine, options: EmbedderOptions): Promise<Embedder> {
  const { config, collate, batchUsers = 64 } = options;
  const { tokenizer } = collate;
  const users = await createUserEncoder(engine, options);
  const program = await createEmbeddingProgram(engine, options);
  const dimensions = embeddingSize(config);
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);

  const encode = async (profiles: readonly UserProfile[]): Promise<PrefixCache> =>
    program.encode(await users.tokens(profiles));
  /** Behind cached prefixes, each user's own queries; rows user by user. */
  const embedBehind = (
    past: PrefixCache,
    asked: ReadonlyArray<readonly AskedIds[]>,
  ): Promise<Float32Array> => {
    const { prefixLengths } = past;
    const { width } = config.decoder;
    for (const [b, own] of asked.entries()) {
      for (const { ids, prompts } of own) {
        if (prompts) checkPrompts(prompts, width);
        const length = prefixLengths[b]! + (prompts?.shape[0] ?? 0) + ids.length + 1;
        checkPositions(length, config.decoder);
      }
    }
    const { queries, given } = collateAsked(asked, { prefixLengths, userEmbeddingId, width });
    return program.embed(queries, { past, given });
  };
  /** Prefixes that are read at once are read together with the queries. */
  const embedBatch = async (
    profiles: readonly UserProfile[],
    queries: readonly (readonly number[])[],
  ): Promise<Float32Array> => {
    const given = await users.tokens(profiles);
    const { prefixLengths } = given;
    const givenTokens = given.embeddings.shape[1]!;
    if (!isReadAtOnce(givenTokens)) {
      const own = queries.map((ids) => ({ ids }));
      return embedBehind(
        await program.encode(given),
        prefixLengths.map(() => own),
      );
    }
    const longestQuery = Math.max(...queries.map((query) => query.length + 1));
    checkPositions(Math.max(...prefixLengths) + longestQuery, config.decoder);
    const feeds = collateQueries(queries, {
      startsAt: prefixLengths,
      userEmbeddingId,
      givenTokens,
    });
    return program.embed(feeds, { given });
  };
  const idsOf = (queries: readonly string[], count: number): number[][] => {
    if (count === 0 || queries.length === 0) {
      throw new InputError({
        where: 'embed',
        expected: 'at least one user and one query',
        found: `${count} users, ${queries.length} queries`,
      });
    }
    return queryTokenIds(queries, { config, tokenizer });
  };

  return {
    dimensions,
    get textCounts() {
      return users.textCounts;
    },
    encode,
    async embedCached(cache, queries, { prompts } = {}) {
      const { prefixLengths } = cache;
      const own = idsOf(queries, prefixLengths.length).map((ids) => ({ ids, prompts }));
      if (prompts && own.length > 1) {
        throw new InputError({
          where: 'queries behind soft prompts',
          expected: 'one',
          found: `${own.length}`,
          fix: 'Ask them one by one',
        });
      }
      return embedBehind(
        cache,
        prefixLengths.map(() => own),
      );
    },
    async embedAsked(cache, asked) {
      const { prefixLengths } = cache;
      if (asked.length !== prefixLengths.length || asked.some(({ length }) => length === 0)) {
        throw new InputError({
          where: 'queries by user',
          expected: `at least one for each of ${prefixLengths.length} users`,
          found: `lists of ${asked.map(({ length }) => length).join(', ') || 'none'}`,
        });
      }
      const ids = asked.map((own) => {
        const texts = own.map(({ query }) => query);
        return queryTokenIds(texts, { config, tokenizer }).map((list, k) => ({
          ids: list,
          prompts: own[k]!.prompts,
        }));
      });
      const rows = await embedBehind(cache, ids);
      let at = 0;
      return ids.map((own) => rows.slice(at, (at += own.length * dimensions)));
    },
    async embed(profiles, queries) {
      const ids = idsOf(queries, profiles.length);
      const size = queries.length * dimensions;
      const out = new Float32Array(profiles.length * size);
      // Users of like length share a batch, so that little is padding.
      const order = [...profiles.keys()].toSorted(
        (a, b) => eventCount(profiles[a]!) - eventCount(profiles[b]!),
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
      await users[Symbol.asyncDispose]();
    },
  };
}

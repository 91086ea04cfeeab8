import type { Engine } from '@q-anchor/backend';
import { InputError, type UserProfile } from '@q-anchor/core';
import { prefixTokens, userEmbeddingToken, type PrefixToken } from '@q-anchor/user-tokens';

import { collateQueries } from '../embed/collate-queries.js';
import { givenPrompts } from '../embed/given-prompts.js';
import { nothingGiven } from '../embed/given-tokens.js';
import type { PrefixCache } from '../embed/prefix-cache.js';
import { createUserEncoder, type UserEncoderOptions } from '../embed/user-encoder.js';
import { checkPositions } from '../model/check-positions.js';
import { queryTokenIds } from '../model/query-tokens.js';
import { createAttentionProgram } from './attention-program.js';
import type { AskedQuery, QueryAttention, SeenToken } from './query-attention.js';

/** Reads what embeddings attend to. */
export interface AttentionReader extends AsyncDisposable {
  /**
   * Attention of `<|user_emb|>`, and of soft prompts, to all before them. Each user's prefix is read
   * once for all that is asked; all users are read in one batch.
   *
   * @param profiles - at least one user
   * @param asked - queries, with or without soft prompts, at least one
   * @returns for each user, for each query
   * @throws {@link InputError} if there is no user or no query, a query has more tokens than the model
   * was trained with, or a sequence more than the decoder has positions
   * @throws {@link @q-anchor/core#ShapeError} if prompts are not of the decoder's width
   */
  read(
    profiles: readonly UserProfile[],
    asked: readonly AskedQuery[],
  ): Promise<ReadonlyArray<readonly QueryAttention[]>>;
}

/**
 * Compiles a model for reading its attention: `softmax(q K^T / sqrt(size) + mask)` of the tokens that
 * look, by layer, averaged over heads. Other tokens' probabilities don't leave the graph.
 *
 * Where attention goes is not what an embedding is made of: a token that is looked at much may carry
 * little (its value may be short, and later layers may undo it), and what a token carries came there from
 * others, in earlier layers. It tells where a model looks, and how tuning moves that.
 *
 * @param engine - where to run
 * @param options - model, parameters, tokenizer and features, as for `createEmbedder`
 */
export async function createAttentionReader(
  engine: Engine,
  options: UserEncoderOptions,
): Promise<AttentionReader> {
  const { config, collate } = options;
  const users = await createUserEncoder(engine, options);
  const program = await createAttentionProgram(engine, options);
  const userEmbeddingId = collate.tokenizer.specialId(userEmbeddingToken);

  const attentionOf = async (
    cache: PrefixCache,
    {
      query: { query, prompts },
      prefixes,
    }: { readonly query: AskedQuery; readonly prefixes: readonly (readonly PrefixToken[])[] },
  ): Promise<readonly QueryAttention[]> => {
    const { prefixLengths } = cache;
    const { width } = config.decoder;
    const batch = prefixLengths.length;
    const ids = queryTokenIds([query], { config, tokenizer: collate.tokenizer });
    const given = prompts
      ? givenPrompts(prompts, { prefixLengths, width })
      : nothingGiven(batch, width);
    const givenTokens = given.embeddings.shape[1]!;
    const tokens = givenTokens + ids[0]!.length + 1;
    checkPositions(Math.max(...prefixLengths) + tokens, config.decoder);
    const startsAt = prefixLengths.map((length) => length + givenTokens);
    // Prompts, then `<|user_emb|>`, the last token there is.
    const looking = [...Array.from({ length: givenTokens }, (_, t) => t), tokens - 1];
    const layers = await program.attend(
      collateQueries(ids, { startsAt, userEmbeddingId, givenTokens }),
      { past: cache, given, looking, tokens },
    );
    const padded = cache.layout.segments.shape[1]!;
    const keys = padded + tokens;
    const behind: readonly SeenToken[] = [
      ...Array.from({ length: givenTokens }, () => ({ kind: 'prompt' }) as const),
      ...ids[0]!.map(() => ({ kind: 'query' }) as const),
      { kind: 'userEmbedding' },
    ];
    return prefixes.map((prefix, user): QueryAttention => {
      const from = (place: number): Float32Array[] =>
        layers.map((data) => {
          const start = (user * looking.length + place) * keys;
          const row = new Float32Array(prefix.length + tokens);
          row.set(data.subarray(start, start + prefix.length));
          row.set(data.subarray(start + padded, start + keys), prefix.length);
          return row;
        });
      return {
        tokens: [...prefix, ...behind],
        fromUserEmbedding: from(givenTokens),
        fromPrompts: Array.from({ length: givenTokens }, (_, place) => from(place)),
      };
    });
  };

  return {
    async read(profiles, asked) {
      if (profiles.length === 0 || asked.length === 0) {
        throw new InputError({
          where: 'attention',
          expected: 'at least one user and one query',
          found: `${profiles.length} users, ${asked.length} queries`,
        });
      }
      const cache = await program.encode(await users.tokens(profiles));
      const prefixes = profiles.map((profile) =>
        prefixTokens(profile, { ...collate, config: config.users }),
      );
      const byQuery: (readonly QueryAttention[])[] = [];
      for (const query of asked) byQuery.push(await attentionOf(cache, { query, prefixes }));
      return profiles.map((_, user) => byQuery.map((attention) => attention[user]!));
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await users[Symbol.asyncDispose]();
    },
  };
}

import type { Engine } from '@q-anchor/backend';
import { createRandom, InputError, type UserProfile } from '@q-anchor/core';
import { userEmbeddingToken } from '@q-anchor/user-tokens';

import type { ServedModel } from '../checkpoint/model.js';
import type { PrefixCache } from '../embed/prefix-cache.js';
import { createUserEncoder, type UserEncoder } from '../embed/user-encoder.js';
import { checkPositions } from '../model/check-positions.js';
import { queryTokenIds } from '../model/query-tokens.js';
import { endOfText } from '../model/special-tokens.js';
import { startedAnswer } from './answer-stream.js';
import type { Answer, AnswerOptions } from './answer.js';
import { decodingOf } from './decoding.js';
import { generatedTokens } from './generated-tokens.js';
import { createStepProgram } from './step-program.js';

/** Answers queries about users in words. */
export interface Answerer extends AsyncDisposable {
  /**
   * Reads a user once, for any number of questions.
   *
   * @throws {@link @q-anchor/core#InputError} if the prefix is longer than the decoder's positions
   */
  encode(profile: UserProfile): Promise<PrefixCache>;
  /**
   * The anchor tower's answer: `[prefix] | query <|user_emb|> | answer`, up to the end token. It is
   * made while it is read.
   *
   * @param user - a profile, or its prefix encoded before
   * @param query - the question
   * @param options - length, sampling, signal; by default each token is the most probable one
   * @throws {@link @q-anchor/core#InputError} if a setting is out of range, the cache holds
   * several users, or the query has more tokens than the model was trained with
   */
  answer(user: UserProfile | PrefixCache, query: string, options?: AnswerOptions): Answer;
}

const isCache = (user: UserProfile | PrefixCache): user is PrefixCache => 'prefixLengths' in user;

/**
 * Compiles a model for answering in words. It must have been trained with a next-token loss.
 *
 * @param engine - where to run
 * @param model - the model; its `endIds` end an answer too
 * @example
 * ```ts
 * await using answerer = await createAnswerer(engine, await loadModel('run/model'));
 * const { text } = await answerer.answer(profile, 'What will they buy?').finished();
 * ```
 */
export async function createAnswerer(engine: Engine, model: ServedModel): Promise<Answerer> {
  const { config, collate } = model;
  const { tokenizer } = collate;
  const userEmbeddingId = tokenizer.specialId(userEmbeddingToken);
  const allowed = generatedTokens(tokenizer, [
    tokenizer.specialId(endOfText),
    ...(model.endIds ?? []),
  ]);
  const program = await createStepProgram(engine, model);
  let users: Promise<UserEncoder> | undefined;

  const encode = async (profile: UserProfile): Promise<PrefixCache> => {
    users ??= createUserEncoder(engine, model);
    return program.encode(await (await users).tokens([profile]));
  };
  return {
    encode,
    answer(user, query, { maxTokens = 200, signal, ...rest } = {}) {
      const decoding = decodingOf(rest);
      if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
        throw new InputError({
          where: 'maxTokens',
          expected: 'a positive integer',
          found: `${maxTokens}`,
        });
      }
      if (isCache(user)) checkSingle(user);
      const [tokens] = queryTokenIds([query], { config, tokenizer });
      const queryIds = [...tokens!, userEmbeddingId];
      return startedAnswer({
        program,
        allowed,
        decoding,
        maxTokens,
        signal,
        queryIds,
        maxPositions: config.decoder.maxPositions,
        decode: (ids) => tokenizer.decode(ids),
        prefix: async () => {
          const prefix = isCache(user) ? user : await encode(user);
          checkPositions(prefix.prefixLengths[0]! + queryIds.length, config.decoder);
          return prefix;
        },
        random: createRandom(decoding.seed),
      });
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await (await users)?.[Symbol.asyncDispose]();
    },
  };
}

function checkSingle({ prefixLengths }: PrefixCache): void {
  if (prefixLengths.length === 1) return;
  throw new InputError({
    where: 'answer',
    expected: 'the encoded prefix of one user',
    found: `${prefixLengths.length} users`,
    fix: 'Encode them one by one',
  });
}

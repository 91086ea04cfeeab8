import type { Tensors } from '@q-anchor/backend';
import {
  collateUsers,
  userEmbeddingToken,
  type CollateUsersOptions,
  type EventEmbeddingCache,
} from '@q-anchor/user-tokens';

import { cachedTexts } from '../embed/cached-texts.js';
import { checkPositions } from '../model/check-positions.js';
import type { DualTowerConfig } from '../model/config.js';
import { endOfText } from '../model/special-tokens.js';
import type { TrainingExample } from '../train/examples.js';
import { collatePairs, pairInputNames } from './collate-pairs.js';

/** What {@link collateExamples} is given beside the examples. */
export interface CollateExamplesOptions {
  /** The model. */
  readonly config: DualTowerConfig;
  /** Tokenizer and fitted features. */
  readonly collate: Omit<CollateUsersOptions, 'config'>;
  /** Embeddings of event texts, where a frozen text encoder makes them. */
  readonly cache?: EventEmbeddingCache | undefined;
  /** Tokens kept of an answer. Default 200. */
  readonly maxAnswerTokens?: number | undefined;
}

/** A batch as the losses' graph reads it. */
export interface ExampleBatch {
  /** Its inputs. */
  readonly feeds: Tensors;
  /** Query-answer pairs in it. */
  readonly pairs: number;
  /** Tokens in it, padding counted. */
  readonly tokens: number;
}

/**
 * Users and their pairs as inputs of {@link dualTowerLosses}: all pairs of a user behind one prefix.
 *
 * @param examples - users, each with at least one pair
 * @param options - model, tokenizer, caps
 * @throws {@link @q-anchor/core#InputError} if a sequence is longer than the decoder's positions
 */
export async function collateExamples(
  examples: readonly TrainingExample[],
  { config, collate, cache, maxAnswerTokens }: CollateExamplesOptions,
): Promise<ExampleBatch> {
  const { tokenizer } = collate;
  const { maxQueryTokens, nextTokenReduction } = config;
  const profiles = examples.map((example) => example.profile);
  const pairs = examples.map((example) => example.pairs);
  const users = collateUsers(profiles, {
    config: config.users,
    ...collate,
    ...(cache && { textEmbedding: await cachedTexts(profiles, { config: config.users, cache }) }),
  });
  const pairFeeds = collatePairs(pairs, {
    encode: (text) => tokenizer.encode(text),
    userEmbeddingId: tokenizer.specialId(userEmbeddingToken),
    endId: tokenizer.specialId(endOfText),
    prefixLengths: users.prefixLengths,
    nextTokenReduction,
    ...(maxQueryTokens !== undefined && { maxQueryTokens }),
    ...(maxAnswerTokens !== undefined && { maxAnswerTokens }),
  });
  for (const name of [pairInputNames.positions, pairInputNames.answerPositions]) {
    const positions = pairFeeds[name]!.data as BigInt64Array;
    const longest = 1 + positions.reduce((max, at) => Math.max(max, Number(at)), 0);
    checkPositions(longest, config.decoder);
  }
  const suffix = pairFeeds[pairInputNames.tokens]!.shape[1]!;
  const answers = pairFeeds[pairInputNames.answerTokens]!.data.length;
  const length = Math.max(...users.prefixLengths) + suffix;
  return {
    feeds: { ...users.feeds, ...pairFeeds },
    pairs: pairs.reduce((sum, list) => sum + list.length, 0),
    tokens: examples.length * length + answers,
  };
}

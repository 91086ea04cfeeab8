import type { UserProfile } from '@q-anchor/core';
import {
  checkPositions,
  queryTokenIds,
  type AskedQuery,
  type StoredPrefix,
} from '@q-anchor/dual-tower';

import type { Part } from '../schedule/part.js';
import type { KnownPrefixes } from './known-prefixes.js';
import type { PrefixJob } from './prefix-job.js';
import type { Reader } from './reader.js';

/** What one reader is asked of one user. */
export interface ReaderQuestions {
  /** The model. */
  readonly reader: Reader;
  /** What is asked. */
  readonly asked: readonly AskedQuery[];
}

/** A request in pieces that a run can do. */
export interface RequestParts {
  /** The pieces, in the order of what was asked. */
  readonly parts: readonly Part<PrefixJob>[];
  /** Tokens of what was asked, soft prompts and `<|user_emb|>` counted. */
  readonly queryTokens: number;
}

/**
 * Cuts a request where its tokens exceed those of a run.
 *
 * @param profile - the user
 * @param options - what is asked by reader; the user's state, and whether it is unchanged; keys known of
 *   it; the run's budget of tokens
 * @throws {@link @q-anchor/core#InputError} if a query is too long, or the decoder's positions end
 */
export function requestParts(
  profile: UserProfile,
  options: {
    readonly questions: readonly ReaderQuestions[];
    readonly isCurrent: () => boolean;
    readonly version: object | undefined;
    readonly known: KnownPrefixes;
    readonly maxRunTokens: number;
  },
): RequestParts {
  const { questions, isCurrent, version, known, maxRunTokens } = options;
  const held = new Map<string, StoredPrefix>();
  const parts: Part<PrefixJob>[] = [];
  let queryTokens = 0;
  for (const { reader, asked } of questions) {
    const { config, collate } = reader.model;
    const { key, length } = known.of(profile, { reader, version });
    const texts = asked.map(({ query }) => query);
    const tokens = queryTokenIds(texts, { config, tokenizer: collate.tokenizer }).map(
      (ids, k) => (asked[k]!.prompts?.shape[0] ?? 0) + ids.length + 1,
    );
    checkPositions(length + Math.max(...tokens), config.decoder);
    const add = (some: readonly AskedQuery[], suffixTokens: number): void => {
      const job = { reader, profile, key, asked: some, isCurrent, held };
      parts.push({ job, group: reader, prefix: key, prefixTokens: length, suffixTokens });
    };
    let [start, sum] = [0, 0];
    for (const [k, count] of tokens.entries()) {
      if (k > start && length + sum + count > maxRunTokens) {
        add(asked.slice(start, k), sum);
        [start, sum] = [k, 0];
      }
      sum += count;
      queryTokens += count;
    }
    add(asked.slice(start), sum);
  }
  return { parts, queryTokens };
}

import type { Tokenizer } from '@q-anchor/backbone';
import { InputError, type UserProfile } from '@q-anchor/core';

import { stepExamples, stepModalities } from '../adapter-step/step-examples.js';

/** Day on which the bench takes place; the user's events lie in the 90 days before. */
export const servedDay = 90;

/**
 * A made-up user whose prefix has exactly so many tokens.
 *
 * @param tokens - of the prefix
 * @param options - tokenizer, tokens of a prefix without events
 * @throws {@link InputError} if that leaves no event for each modality
 */
export function servedUser(
  tokens: number,
  { tokenizer, fixedTokens }: { readonly tokenizer: Tokenizer; readonly fixedTokens: number },
): UserProfile {
  const events = tokens - fixedTokens;
  if (events < stepModalities.length) {
    throw new InputError({
      where: '--tokens',
      expected: `at least ${fixedTokens + stepModalities.length}`,
      found: `${tokens}`,
    });
  }
  const [one] = stepExamples(1, { events, textTokens: 1 }, { tokenizer, seed: 1 });
  return one!.profile;
}

const words = 'will this user pay rent order coffee travel read news buy shoes see music'.split(
  ' ',
);

/**
 * Distinct questions of at least so many tokens, and at most two more.
 *
 * @param count - questions
 * @param options - tokens of each, tokenizer
 */
export function askedQueries(
  count: number,
  { tokens, tokenizer }: { readonly tokens: number; readonly tokenizer: Tokenizer },
): string[] {
  return Array.from({ length: count }, (_, k) => {
    const parts: string[] = [];
    for (let w = k; tokenizer.encode(parts.join(' ')).length < tokens; w += 1 + (k % 7)) {
      parts.push(words[w % words.length]!);
    }
    return parts.join(' ');
  });
}

import type { Tokenizer } from '@q-anchor/backbone';
import { createRandom, InputError, type Modality, type QueryAnswer } from '@q-anchor/core';
import type { TrainingExample } from '@q-anchor/dual-tower';

/** The modalities of the users that are made up. */
export const stepModalities: readonly Modality[] = ['purchase', 'search', 'visit'].map((name) => ({
  name,
  maxEvents: 100_000,
  maxTokens: 16,
}));

/** Pairs behind a user's prefix. */
const pairsPerUser = 2;

/** Tokens of a sequence, split into what a prefix and its pairs take. */
export interface TokenSplit {
  /** Events of a user. */
  readonly events: number;
  /** Tokens of a query at most, and of an answer. */
  readonly textTokens: number;
}

/**
 * Splits a sequence: about a third for the pairs, the rest for the prefix.
 *
 * @param tokens - of the sequence `prefix | query <|user_emb|> answer | ...`
 * @param fixedTokens - of a prefix without an event
 * @throws {@link InputError} if that leaves no event for each modality
 */
export function tokenSplit(tokens: number, fixedTokens: number): TokenSplit {
  const textTokens = Math.floor(tokens / (6 * pairsPerUser));
  const events = tokens - fixedTokens - pairsPerUser * (2 * textTokens + 1);
  if (textTokens >= 1 && events >= stepModalities.length) return { events, textTokens };
  throw new InputError({
    where: '--tokens',
    expected: `more, for ${fixedTokens} tokens of a prefix without events, and its events and pairs`,
    found: `${tokens}`,
  });
}

const words =
  'bread coffee rent tram shoes news ticket garden repair winter doctor school phone travel music paint'.split(
    ' ',
  );

/**
 * Made-up users, each of so many events and with pairs of exactly so many tokens.
 *
 * @param count - users
 * @param split - sizes
 * @param options - tokenizer, seed
 */
export function stepExamples(
  count: number,
  { events, textTokens }: TokenSplit,
  { tokenizer, seed }: { readonly tokenizer: Tokenizer; readonly seed: number },
): TrainingExample[] {
  const random = createRandom(seed);
  const text = (isLong: boolean): string => {
    const parts = [random.pick(words)];
    while (isLong ? tokenizer.encode(parts.join(' ')).length < textTokens : parts.length < 4) {
      parts.push(random.pick(words));
    }
    return parts.join(' ');
  };
  const pair = (source: QueryAnswer['source']): QueryAnswer => ({
    query: text(true),
    answer: text(true),
    source,
  });
  return Array.from({ length: count }, (_, user) => ({
    profile: {
      userId: `user ${user}`,
      referenceDays: 90,
      tabular: {},
      events: Object.fromEntries(
        stepModalities.map(({ name }, m) => {
          const own = Math.floor((events + m) / stepModalities.length);
          const event = (i: number) => ({
            timeDays: (89 * (i + 1)) / own,
            text: text(false),
            value: 10 * random.uniform(),
          });
          return [name, Array.from({ length: own }, (__, i) => event(i))];
        }),
      ),
    },
    pairs: Array.from({ length: pairsPerUser }, (__, i) => pair(i % 2 === 0 ? 'uqa' : 'future')),
  }));
}

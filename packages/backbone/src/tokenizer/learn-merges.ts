import { byteAlphabet, byteCharacters } from './byte-alphabet.js';
import { createPairQueue } from './pair-queue.js';

/** What byte-pair encoding has learnt. */
export interface LearntMerges {
  /** Tokens in the byte alphabet; the index is the id. */
  readonly tokens: readonly string[];
  /** Merges in the order they were learnt. */
  readonly merges: readonly (readonly [string, string])[];
}

/** Settings of {@link learnMerges}. */
export interface LearnMergesOptions {
  /** Stop at this many tokens, the 256 bytes included. */
  readonly tokenCount: number;
  /** Stop when no pair occurs this often. */
  readonly minFrequency: number;
  /** Token texts that must not come out of a merge. */
  readonly forbidden: ReadonlySet<string>;
}

/** Ids stay below this, so that a pair of them is one exact number. */
const pairBase = 2 ** 26;

/**
 * Byte-pair encoding (Sennrich et al. 2016): again and again the most frequent adjacent pair becomes
 * a token; of equally frequent pairs the one with the smaller ids.
 *
 * Counts are kept up to date word by word: a merge visits the words that hold its pair, not all.
 *
 * @param wordCounts - distinct pre-tokens and how often each occurs
 */
export function learnMerges(
  wordCounts: ReadonlyMap<string, number>,
  options: LearnMergesOptions,
): LearntMerges {
  const { tokenCount, minFrequency, forbidden } = options;
  const tokens = [...byteAlphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = byteCharacters.map((character) => ids.get(character)!);
  const words = [...wordCounts.keys()].map((word) =>
    Array.from(Buffer.from(word, 'utf8'), (byte) => byteIds[byte]!),
  );
  const occurrences = [...wordCounts.values()];

  const counts = new Map<number, number>();
  const holders = new Map<number, number[]>();
  const queue = createPairQueue();
  const grown = new Set<number>();
  /** Adds the pairs of a word to the counts, or takes them out. */
  const count = (index: number, sign: 1 | -1): void => {
    const word = words[index]!;
    const change = sign * occurrences[index]!;
    for (let i = 0; i + 1 < word.length; i++) {
      const pair = word[i]! * pairBase + word[i + 1]!;
      counts.set(pair, (counts.get(pair) ?? 0) + change);
      if (sign < 0) continue;
      const list = holders.get(pair);
      if (list === undefined) holders.set(pair, [index]);
      else if (list.at(-1) !== index) list.push(index);
      grown.add(pair);
    }
  };
  const enqueueGrown = (): void => {
    for (const pair of grown) queue.push(pair, counts.get(pair)!);
    grown.clear();
  };

  for (const index of words.keys()) count(index, 1);
  enqueueGrown();

  const merges: [string, string][] = [];
  while (tokens.length < tokenCount) {
    const first = queue.pop();
    if (first === undefined) break;
    const { pair } = first;
    const present = counts.get(pair)!;
    if (present < minFrequency) continue;
    if (present !== first.count) {
      // The entry is older than a merge that took some of its occurrences away.
      queue.push(pair, present);
      continue;
    }
    const left = Math.floor(pair / pairBase);
    const right = pair % pairBase;
    const token = tokens[left]! + tokens[right]!;
    if (forbidden.has(token)) {
      // Not to be asked again, however the count moves.
      counts.set(pair, Number.NEGATIVE_INFINITY);
      continue;
    }
    // Two different pairs may spell one token: it keeps its id.
    let id = ids.get(token);
    if (id === undefined) {
      id = tokens.push(token) - 1;
      ids.set(token, id);
    }
    merges.push([tokens[left]!, tokens[right]!]);
    const affected = holders.get(pair)!;
    holders.delete(pair);
    for (const index of affected) {
      const merged = mergeWord(words[index]!, left, right, id);
      if (merged === undefined) continue;
      count(index, -1);
      words[index] = merged;
      count(index, 1);
    }
    enqueueGrown();
  }
  return { tokens, merges };
}

/** The word with each `left right` joined, from the left; undefined where it holds none. */
function mergeWord(
  word: readonly number[],
  left: number,
  right: number,
  id: number,
): number[] | undefined {
  const out: number[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === left && word[i + 1] === right) {
      out.push(id);
      i++;
    } else {
      out.push(word[i]!);
    }
  }
  return out.length === word.length ? undefined : out;
}

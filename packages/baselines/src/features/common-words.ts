import type { UserEvent } from '@q-anchor/core';

/** The distinct words of a text: letters and digits, lower case. */
export const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);

/**
 * The words that occur with most users, at least two; of equals the first in alphabetical order.
 *
 * @param users - each user's events
 * @param limit - words at most
 */
export function commonWords(
  users: readonly (readonly UserEvent[])[],
  limit: number,
): readonly string[] {
  const counts = new Map<string, number>();
  const wordsByText = new Map<string, ReadonlySet<string>>();
  for (const events of users) {
    const own = new Set<string>();
    for (const { text } of events) {
      let words = wordsByText.get(text);
      if (!words) wordsByText.set(text, (words = wordsOf(text)));
      for (const word of words) own.add(word);
    }
    for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([word]) => word);
}

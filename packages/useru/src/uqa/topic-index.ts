import type { LifeTopic } from './topics.js';

/** Finds which topics a text touches. */
export interface TopicIndex {
  /** Positions of the topics whose keywords occur in `text`, each once, ascending. */
  topicsOf(text: string): readonly number[];
}

/** Texts remembered before the memory is cleared; events repeat few texts. */
const maxRemembered = 50_000;

/** Text beyond this many characters is not searched: a keyword that late says little. */
const maxCharacters = 400;

/**
 * An index of topics by their keywords.
 *
 * A text is split into lower-case words; a keyword matches one word, or two in a row, whole.
 */
export function createTopicIndex(topics: readonly LifeTopic[]): TopicIndex {
  const byKeyword = new Map<string, number[]>();
  for (const [index, { keywords }] of topics.entries()) {
    for (const keyword of keywords.flatMap((word) => [word, `${word}s`, `${word}es`])) {
      const known = byKeyword.get(keyword);
      if (known === undefined) byKeyword.set(keyword, [index]);
      else known.push(index);
    }
  }
  const remembered = new Map<string, readonly number[]>();
  const search = (text: string): readonly number[] => {
    const words =
      text
        .slice(0, maxCharacters)
        .toLowerCase()
        .match(/[\p{L}\p{N}-]+/gu) ?? [];
    const found = new Set<number>();
    for (let i = 0; i < words.length; i++) {
      for (const index of byKeyword.get(words[i]!) ?? []) found.add(index);
      const pair = i === 0 ? undefined : byKeyword.get(`${words[i - 1]} ${words[i]}`);
      for (const index of pair ?? []) found.add(index);
    }
    return [...found].toSorted((a, b) => a - b);
  };
  return {
    topicsOf: (text) => {
      let topicsFound = remembered.get(text);
      if (topicsFound === undefined) {
        topicsFound = search(text);
        if (remembered.size >= maxRemembered) remembered.clear();
        remembered.set(text, topicsFound);
      }
      return topicsFound;
    },
  };
}

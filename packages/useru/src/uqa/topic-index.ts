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

const wordsOf = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [];

/**
 * An index of topics by their keywords.
 *
 * A text is split into lower-case words; a keyword matches one word, or as many in a row as it has,
 * whole.
 */
export function createTopicIndex(topics: readonly LifeTopic[]): TopicIndex {
  const byKeyword = new Map<string, number[]>();
  let maxWords = 1;
  for (const [index, { keywords }] of topics.entries()) {
    for (const spelling of keywords) {
      const words = wordsOf(spelling);
      const keyword = words.join(' ');
      maxWords = Math.max(maxWords, words.length);
      for (const form of [keyword, `${keyword}s`, `${keyword}es`]) {
        const known = byKeyword.get(form);
        if (known === undefined) byKeyword.set(form, [index]);
        else if (!known.includes(index)) known.push(index);
      }
    }
  }
  const remembered = new Map<string, readonly number[]>();
  const search = (text: string): readonly number[] => {
    const words = wordsOf(text.slice(0, maxCharacters));
    const found = new Set<number>();
    for (let start = 0; start < words.length; start++) {
      let phrase = '';
      for (let end = start; end < Math.min(words.length, start + maxWords); end++) {
        phrase = end === start ? words[end]! : `${phrase} ${words[end]!}`;
        for (const index of byKeyword.get(phrase) ?? []) found.add(index);
      }
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

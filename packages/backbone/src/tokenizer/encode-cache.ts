/** Remembers the ids of the texts used last. */
export interface EncodeCache {
  /** The ids of `text`, by `encode` where they are not remembered. */
  get(text: string, encode: (text: string) => number[]): number[];
}

/** Longer texts seldom repeat, and would make the memory of a cache bounded by count unbounded. */
const maxTextLength = 512;

/**
 * A least-recently-used cache bounded by the number of texts.
 *
 * @param capacity - how many texts; 0 remembers none
 */
export function createEncodeCache(capacity: number): EncodeCache {
  const entries = new Map<string, number[]>();
  return {
    get(text, encode) {
      if (text.length > maxTextLength || capacity === 0) return encode(text);
      const known = entries.get(text);
      const ids = known ?? encode(text);
      if (known !== undefined) entries.delete(text);
      else if (entries.size >= capacity) entries.delete(entries.keys().next().value!);
      entries.set(text, ids);
      // A copy, so that a caller who edits its ids does not edit ours.
      return ids.slice();
    },
  };
}

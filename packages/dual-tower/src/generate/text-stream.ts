/** What a byte that is no part of a whole character yet decodes to. */
const replacement = '\uFFFD';

/** Turns tokens into text as they come, whole characters only. */
export interface TextStream {
  /** Takes a token; returns the characters that are whole now, none if one is still in pieces. */
  push(id: number): string;
  /** All text so far. */
  readonly text: string;
}

/**
 * Text of tokens that come one by one. A character may be spread over several byte-level tokens: it
 * is held back until its last one is there, and never comes if that does not.
 *
 * @param decode - the tokenizer's; the text of two runs of tokens is that of one after the other,
 *   wherever no character is cut
 */
export function createTextStream(decode: (ids: readonly number[]) => string): TextStream {
  let pending: number[] = [];
  let given = 0; // characters of the pending tokens' text that were returned already
  let text = '';
  return {
    push(id) {
      pending.push(id);
      const decoded = decode(pending);
      // Only the last replacement character can still become something else.
      const isOpen = decoded.endsWith(replacement);
      const piece = decoded.slice(given, isOpen ? -1 : undefined);
      if (isOpen) {
        given += piece.length;
      } else {
        pending = [];
        given = 0;
      }
      text += piece;
      return piece;
    },
    get text() {
      return text;
    },
  };
}

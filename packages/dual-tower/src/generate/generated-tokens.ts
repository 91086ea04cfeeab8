import type { Tokenizer } from '@q-anchor/backbone';

import { never } from './logits.js';

/** Which tokens an answer may be made of. */
export interface GeneratedTokens {
  /** Ids that end an answer. */
  readonly endIds: ReadonlySet<number>;
  /**
   * Rules out what no answer may hold: special tokens but the end, and rows of the output layer that
   * are no token at all.
   *
   * @param logits - are changed
   */
  restrict(logits: Float32Array): void;
}

/**
 * The tokens of plain text, and those that end it.
 *
 * @param tokenizer - the model's
 * @param endIds - ids that end an answer
 */
export function generatedTokens(tokenizer: Tokenizer, endIds: Iterable<number>): GeneratedTokens {
  const ends = new Set(endIds);
  const special = new Set(tokenizer.specialTokens.map((token) => tokenizer.specialId(token)));
  const plain = Object.values(tokenizer.toJson().model.vocab).filter((id) => !special.has(id));
  const isAllowed = new Uint8Array(tokenizer.vocabularySize);
  for (const id of [...plain, ...ends]) isAllowed[id] = 1;
  return {
    endIds: ends,
    restrict(logits) {
      for (let id = 0; id < logits.length; id++) if (isAllowed[id] !== 1) logits[id] = never;
    },
  };
}

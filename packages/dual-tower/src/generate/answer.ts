import type { DecodingOptions } from './decoding.js';

/** How to answer a query. */
export interface AnswerOptions extends DecodingOptions {
  /** Tokens of the answer at most, the end token counted. Default 200. */
  readonly maxTokens?: number;
  /** Stops between two tokens. */
  readonly signal?: AbortSignal;
}

/**
 * Why an answer ended: its end token came, it has `maxTokens`, the decoder has no further position,
 * or the signal or the reader stopped it.
 */
export type StopReason = 'end' | 'maxTokens' | 'positions' | 'stopped';

/** An answer when it has ended. */
export interface AnswerRecord {
  /** The whole text. A character that was cut in the middle by `maxTokens` is left out. */
  readonly text: string;
  /** Its tokens, without the end token. */
  readonly tokenIds: readonly number[];
  /** Why it ended. */
  readonly stopReason: StopReason;
  /**
   * Mean log-probability of its tokens, the end token among them, in nats: minus the next-token loss
   * of the answer. It is the model's own, before temperature, restrictions and penalty. Null
   * if there is no token.
   */
  readonly meanLogProbability: number | null;
}

/**
 * An answer as it comes. It is made while it is read, by one reader.
 *
 * @example
 * ```ts
 * const answer = answerer.answer(profile, 'What will they buy?');
 * for await (const piece of answer) process.stdout.write(piece);
 * const { stopReason } = await answer.finished();
 * ```
 */
export interface Answer extends AsyncIterable<string> {
  /**
   * Reads what has not been read and returns the whole.
   *
   * @throws {@link @q-anchor/core#InputError} as reading does: if the query is too long
   */
  finished(): Promise<AnswerRecord>;
}

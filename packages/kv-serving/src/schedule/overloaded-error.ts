import { QAnchorError } from '@q-anchor/core';

/** Too many requests wait already; nothing was begun. */
export class OverloadedError extends QAnchorError {
  /** Requests that wait, of the caller or of all. */
  readonly waiting: number;
  /** When to try again, in whole seconds: about as long as those that wait take. */
  readonly retryAfterSeconds: number;

  /** @internal */
  constructor(options: {
    readonly whose: string;
    readonly waiting: number;
    readonly retryAfterSeconds: number;
  }) {
    const { whose, waiting, retryAfterSeconds } = options;
    super(
      'OVERLOADED',
      `queue: expected room for a request, found ${waiting} of ${whose} waiting. ` +
        `Try again in ${retryAfterSeconds} s, or send fewer at once`,
    );
    this.waiting = waiting;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether `error` is an {@link OverloadedError}. */
  static override isInstance(error: unknown): error is OverloadedError {
    return QAnchorError.isInstance(error) && error.code === 'OVERLOADED';
  }
}

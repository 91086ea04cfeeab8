import { QAnchorError } from '@q-anchor/core';

/** A request was not done by its deadline. */
export class DeadlineError extends QAnchorError {
  /** Milliseconds that it had. */
  readonly timeoutMs: number;

  /** @internal */
  constructor(timeoutMs: number) {
    super('DEADLINE', `request: expected an answer within ${timeoutMs} ms, found none by then`);
    this.timeoutMs = timeoutMs;
  }

  /** Whether `error` is a {@link DeadlineError}. */
  static override isInstance(error: unknown): error is DeadlineError {
    return QAnchorError.isInstance(error) && error.code === 'DEADLINE';
  }
}

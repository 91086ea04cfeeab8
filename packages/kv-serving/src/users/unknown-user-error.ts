import { QAnchorError } from '@q-anchor/core';

/** A user was named that is not there: never put, or deleted. */
export class UnknownUserError extends QAnchorError {
  /** The id that was named. */
  readonly userId: string;

  /** @internal */
  constructor(userId: string) {
    super(
      'UNKNOWN_USER',
      `user "${userId}": expected one that was put, found none. Call putUser first`,
    );
    this.userId = userId;
  }

  /** Whether `error` is an {@link UnknownUserError}. */
  static override isInstance(error: unknown): error is UnknownUserError {
    return QAnchorError.isInstance(error) && error.code === 'UNKNOWN_USER';
  }
}

import { QAnchorError } from '@q-anchor/core';

/** Something was asked of a scheduler that takes nothing in any more. */
export class ClosedError extends QAnchorError {
  /** @internal */
  constructor() {
    super('CLOSED', 'serving: expected it to be open, found it closing or closed. Create another');
  }

  /** Whether `error` is a {@link ClosedError}. */
  static override isInstance(error: unknown): error is ClosedError {
    return QAnchorError.isInstance(error) && error.code === 'CLOSED';
  }
}

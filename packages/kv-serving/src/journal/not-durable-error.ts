import { QAnchorError } from '@q-anchor/core';

/** A change could not be written, so that a crash would lose it. No further one is taken. */
export class NotDurableError extends QAnchorError {
  /** @internal */
  constructor(path: string, cause: unknown) {
    const found = cause instanceof Error ? cause.message : String(cause);
    super(
      'NOT_DURABLE',
      `${path}: expected to write, found ${found}. See to the disk, then open the folder again`,
      { cause },
    );
  }

  /** Whether `error` is a {@link NotDurableError}. */
  static override isInstance(error: unknown): error is NotDurableError {
    return QAnchorError.isInstance(error) && error.code === 'NOT_DURABLE';
  }
}

import { InputError, QAnchorError } from '@q-anchor/core';

/** An error as logs have it. */
export interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: readonly string[];
}

/**
 * An error without what users or their requests said: messages are kept only of errors that are about
 * this machine, since others may quote what they were given.
 */
export function loggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, errno } = error as NodeJS.ErrnoException;
  const isAboutMachine =
    errno !== undefined || (QAnchorError.isInstance(error) && !InputError.isInstance(error));
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    ...(isAboutMachine && { message: error.message }),
    stack: frames.map((line) => line.trim()),
  };
}

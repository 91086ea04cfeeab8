import { InputError, QAnchorError, ShapeError, UnavailableError } from '@q-anchor/core';

import { EngineError } from '../engine-error.js';

/** An error as plain data: what structured cloning would drop is its class and its fields. */
export interface WireError {
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: WireError | undefined;
}

/** Takes an error apart. */
export function wireErrorOf(error: unknown): WireError {
  if (!(error instanceof Error)) {
    const message = String(error);
    return { code: undefined, message, stack: undefined, fields: {}, cause: undefined };
  }
  const { message, stack, cause } = error;
  return {
    code: QAnchorError.isInstance(error) ? error.code : undefined,
    message,
    stack,
    fields: Object.fromEntries(Object.entries(error)),
    cause: cause === undefined ? undefined : wireErrorOf(cause),
  };
}

/** Puts an error together, of the class it had. */
export function errorOf(wire: WireError): Error {
  const { code, message, stack, fields } = wire;
  const options = wire.cause ? { cause: errorOf(wire.cause) } : {};
  const error = emptyErrorOf(code, options);
  Object.assign(error, fields);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function emptyErrorOf(code: string | undefined, options: ErrorOptions): Error {
  switch (code) {
    case undefined:
      return new Error('', options);
    case 'BAD_INPUT':
      return new InputError({ where: '', expected: '', found: '' }, options);
    case 'SHAPE_MISMATCH':
      return new ShapeError('', [], []);
    case 'UNAVAILABLE':
      return new UnavailableError('', '', '', options);
    case 'ENGINE_FAILED':
      return new EngineError('', '', options);
    default:
      return new QAnchorError(code, '', options);
  }
}

import { InputError, ShapeError } from '@q-anchor/core';
import {
  ClosedError,
  DeadlineError,
  NotDurableError,
  OverloadedError,
  UnknownUserError,
} from '@q-anchor/kv-serving';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

import { ApiError, type ApiProblem } from './api-error.js';

/** Fastify's own errors whose words say enough. */
const plainCodes: Readonly<Record<number, string>> = {
  400: 'bad_request',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'url_too_long',
  415: 'unsupported_media_type',
};

/** `/events/bill/0/text` as `events.bill.0.text`. */
const dotted = (path: string): string => path.split('/').filter(Boolean).join('.');

const internal: ApiProblem = {
  status: 500,
  code: 'internal_error',
  message: 'something went wrong here; the log has it under the x-request-id of this answer',
};

/**
 * What a caller is told about an error.
 *
 * @param error - whatever was thrown
 */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiError) return error.problem;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const { instancePath, message = 'unfit' } = error.validation[0]!;
    const param = dotted(instancePath);
    return {
      status: 400,
      code: 'invalid_value',
      message: param === '' ? message : `${param}: ${message}`,
      param: param === '' ? undefined : param,
    };
  }
  if (InputError.isInstance(error)) {
    const { message, where } = error;
    return { status: 422, code: 'unprocessable', message, param: where };
  }
  if (ShapeError.isInstance(error)) {
    return { status: 422, code: 'unprocessable', message: error.message };
  }
  if (UnknownUserError.isInstance(error)) {
    return { status: 404, code: 'user_not_found', message: error.message, param: 'user' };
  }
  if (OverloadedError.isInstance(error)) {
    const { message, retryAfterSeconds } = error;
    return { status: 429, code: 'overloaded', message, retryAfterSeconds };
  }
  if (DeadlineError.isInstance(error)) {
    return { status: 504, code: 'timeout', message: error.message };
  }
  if (ClosedError.isInstance(error)) {
    const message = 'the server is ending; ask another';
    return { status: 503, code: 'draining', message, retryAfterSeconds: 1 };
  }
  if (NotDurableError.isInstance(error)) {
    const message = 'the change could not be written to disk, so that it may be lost';
    return { status: 503, code: 'not_durable', message };
  }
  const { statusCode: status, message } = error as { statusCode?: number; message?: string };
  if (status === undefined || status < 400 || status > 499) return internal;
  return { status, code: plainCodes[status] ?? 'bad_request', message: message ?? 'bad request' };
}

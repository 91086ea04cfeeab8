import type { ServerResponse } from 'node:http';

import { ApiError } from './api-error.js';
import { callerSignal } from './caller-signal.js';

/** Aborts when the caller leaves, or when the whole request has taken too long. */
export function requestSignal(
  reply: { readonly raw: ServerResponse },
  { timeoutMs }: { readonly timeoutMs: number },
): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `not done within ${timeoutMs} ms`;
    late.abort(new ApiError({ status: 504, code: 'timeout', message }));
  }, timeoutMs);
  reply.raw.once('close', () => clearTimeout(timer));
  return AbortSignal.any([callerSignal(reply), late.signal]);
}

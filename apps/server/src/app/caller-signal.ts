import type { ServerResponse } from 'node:http';

import { ApiError } from './api-error.js';

/** nginx's status for callers that have left; nobody reads it but the log. */
const left = 499;

/** Aborts when the caller leaves before the answer, so that nothing is computed for nobody. */
export function callerSignal({ raw }: { readonly raw: ServerResponse }): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (raw.writableFinished) return;
    const message = 'the caller has left';
    controller.abort(new ApiError({ status: left, code: 'caller_left', message }));
  });
  return controller.signal;
}

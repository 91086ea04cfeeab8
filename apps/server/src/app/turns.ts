import { ApiError } from './api-error.js';

/** Lets work that takes long go one by one. */
export interface Turns extends AsyncDisposable {
  /**
   * Does something once all before it is done.
   *
   * @throws {@link ApiError} 429 if too many wait, 503 after disposal began; the signal's reason
   */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/**
 * A queue that begins empty.
 *
 * @param options - how many may wait
 */
export function createTurns({ maxWaiting }: { readonly maxWaiting: number }): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let present = 0;
  let isClosed = false;
  return {
    async take(work, signal) {
      if (isClosed) {
        const message = 'the server is ending; ask another';
        throw new ApiError({ status: 503, code: 'draining', message, retryAfterSeconds: 1 });
      }
      if (present > maxWaiting) {
        const message = `expected at most ${maxWaiting} requests of this kind to wait, found more`;
        throw new ApiError({ status: 429, code: 'overloaded', message, retryAfterSeconds: 2 });
      }
      present++;
      const before = last;
      const turn = (async () => {
        await before;
        signal.throwIfAborted();
        return await work();
      })();
      last = turn.then(
        () => present--,
        () => present--,
      );
      return await turn;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await last;
    },
  };
}

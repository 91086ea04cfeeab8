import { setMaxListeners } from 'node:events';

/**
 * The results of `work` on every item, in the items' order, started together.
 *
 * An annotator bounds how many it works on at once. If one fails, the others are told to stop and
 * waited for, so that none goes on, or costs anything, after the error is seen.
 */
export async function allOrNone<T, R>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  // As many works as there are may listen: that is no leak.
  setMaxListeners(0, stop.signal);
  const abort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  let failure: { readonly error: unknown } | undefined;
  const guarded = async (item: T): Promise<R | undefined> => {
    try {
      return await work(item, stop.signal);
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
      return undefined;
    }
  };
  try {
    const results = await Promise.all(items.map(guarded));
    signal?.throwIfAborted();
    if (failure !== undefined) throw failure.error;
    return results as R[];
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

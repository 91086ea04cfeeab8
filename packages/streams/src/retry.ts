import { setTimeout as sleep } from 'node:timers/promises';

const firstMs = 50;
const longestMs = 5000;

/** Waits, longer each time, until `signal` is aborted. */
export function createBackoff(signal: AbortSignal): {
  wait(): Promise<void>;
  reset(): void;
} {
  let ms = firstMs;
  return {
    wait: async () => {
      // Aborted while waiting: whoever waits looks at the signal.
      await sleep(ms, undefined, { signal }).catch(() => undefined);
      ms = Math.min(longestMs, 2 * ms);
    },
    reset: () => {
      ms = firstMs;
    },
  };
}

/**
 * Does something until it succeeds.
 *
 * @param act - what
 * @param options - errors that are not tried again are thrown; what hears of the others; the end
 * @throws what `act` threw last, once the signal is aborted
 */
export async function persistently<T>(
  act: () => Promise<T>,
  options: {
    readonly isFinal?: (error: unknown) => boolean;
    readonly onError: (error: unknown) => void;
    readonly signal: AbortSignal;
  },
): Promise<T> {
  const { isFinal = () => false, onError, signal } = options;
  const backoff = createBackoff(signal);
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (isFinal(error) || signal.aborted) throw error;
      onError(error);
      await backoff.wait();
      if (signal.aborted) throw error;
    }
  }
}

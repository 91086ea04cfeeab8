/** Whether something that fails is to be asked again. */
export interface Circuit {
  /** Whether it may be asked now; after a pause only one call is let through, to try. */
  allows(): boolean;
  /** It has answered. */
  succeeded(): void;
  /** It has failed, or taken too long. */
  failed(): void;
}

/**
 * A closed circuit: it opens after some failures in a row, for a pause that doubles with each try that
 * fails.
 *
 * @param options - failures in a row; the first pause and the longest, in ms; the time now in ms
 */
export function createCircuit(options: {
  readonly failures: number;
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  readonly now?: () => number;
}): Circuit {
  const { failures, pauseMs, longestPauseMs, now = () => performance.now() } = options;
  let failedCount = 0;
  let pause = pauseMs;
  let openUntil: number | undefined;
  return {
    allows() {
      if (openUntil === undefined) return true;
      if (now() < openUntil) return false;
      // The one that tries; others wait for what comes of it.
      openUntil = now() + pause;
      return true;
    },
    succeeded() {
      failedCount = 0;
      pause = pauseMs;
      openUntil = undefined;
    },
    failed() {
      failedCount++;
      if (failedCount < failures) return;
      if (failedCount > failures) pause = Math.min(2 * pause, longestPauseMs);
      openUntil = now() + pause;
    },
  };
}

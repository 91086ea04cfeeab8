/** Lets so many requests a second of each key through. */
export interface RateLimiter {
  /** Takes a request in; 0, or seconds until the next one of this key would be. */
  waitSeconds(key: string): number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/**
 * A bucket of tokens for each key: it holds `burst`, gains `perSecond`, and a request takes one.
 *
 * @param options - requests a second, 0 for any number; requests at once; the time now in milliseconds
 */
export function createRateLimiter(options: {
  readonly perSecond: number;
  readonly burst?: number | undefined;
  readonly nowMs?: () => number;
}): RateLimiter {
  const { perSecond, nowMs = () => performance.now() } = options;
  const { burst = Math.max(1, Math.ceil(2 * perSecond)) } = options;
  const buckets = new Map<string, Bucket>();
  return {
    waitSeconds(key) {
      if (perSecond === 0) return 0;
      const now = nowMs();
      const bucket = buckets.get(key) ?? { tokens: burst, filledMs: now };
      buckets.set(key, bucket);
      const gained = ((now - bucket.filledMs) / 1000) * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + gained);
      bucket.filledMs = now;
      if (bucket.tokens < 1) return (1 - bucket.tokens) / perSecond;
      bucket.tokens--;
      return 0;
    },
  };
}

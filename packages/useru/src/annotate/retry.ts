import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '@q-anchor/core';

/** How long to wait between attempts. */
export interface Backoff {
  /** The first wait, at most. */
  readonly baseSeconds: number;
  /** Any wait at most, unless the server asks for more. */
  readonly maxSeconds: number;
}

/**
 * The wait before the next attempt: `u * min(max, base * 2^attempt)` with `u` from 0.5 to 1, on top
 * of what the server asked for in Retry-After.
 *
 * @param attempt - how many attempts failed before this one, from 0
 */
export function retryDelaySeconds(
  attempt: number,
  options: Backoff & { readonly random: Random; readonly retryAfterSeconds?: number | undefined },
): number {
  const { baseSeconds, maxSeconds, random, retryAfterSeconds = 0 } = options;
  const ceiling = Math.min(maxSeconds, baseSeconds * 2 ** attempt);
  return retryAfterSeconds + ceiling * (0.5 + 0.5 * random.uniform());
}

/**
 * What a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date.
 *
 * @param nowMilliseconds - the present, for dates
 */
export function secondsToWait(
  headers: { get(name: string): string | null } | undefined,
  nowMilliseconds: number,
): number | undefined {
  const milliseconds = headers?.get('retry-after-ms')?.trim();
  if (milliseconds !== undefined && /^\d+(?:\.\d+)?$/u.test(milliseconds)) {
    return Number(milliseconds) / 1000;
  }
  const text = headers?.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(text)) return Number(text);
  const until = Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, (until - nowMilliseconds) / 1000);
}

/** Waits, or throws at once when stopped. */
export async function waitSeconds(seconds: number, signal?: AbortSignal): Promise<void> {
  if (seconds <= 0) return;
  try {
    await delay(seconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

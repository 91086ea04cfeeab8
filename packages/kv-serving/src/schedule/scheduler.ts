import { InputError } from '@q-anchor/core';

import { ClosedError } from './closed-error.js';
import { DeadlineError } from './deadline-error.js';
import { createFairQueue, type QueuedRequest } from './fair-queue.js';
import { OverloadedError } from './overloaded-error.js';
import type { Part, RunLimits } from './part.js';

/** How a request is waited for. */
export interface WaitOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
  /** Gives the request up after so many milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** What {@link createScheduler} is given. */
export interface SchedulerOptions<Job, Result> extends RunLimits {
  /** Requests that may wait. */
  readonly maxQueued: number;
  /** Requests of one caller that may wait. */
  readonly maxQueuedPerCaller: number;
  /** Does the jobs of one run, all of one group; results in their order. */
  readonly run: (jobs: readonly Job[]) => Promise<readonly Result[]>;
}

/** What a scheduler has done and has to do. */
export interface SchedulerCounts {
  /** Requests that wait. */
  readonly waiting: number;
  /** Runs so far. */
  readonly runs: number;
  /** Parts of requests in them. */
  readonly parts: number;
  /** Requests refused since too many waited. */
  readonly overloaded: number;
}

/** Runs requests, several at once, one run after the other. Disposal does what waits, then ends. */
export interface Scheduler<Job, Result> extends AsyncDisposable {
  /** Counters. */
  readonly counts: SchedulerCounts;
  /**
   * Whether a request would be taken now, before anything is spent on it.
   *
   * @param caller - who asks
   * @throws {@link OverloadedError} if too many wait; {@link ClosedError} after disposal began
   */
  admit(caller: string): void;
  /**
   * Does a request's parts, in their order.
   *
   * @param caller - who asks; callers take turns
   * @param parts - at least one
   * @param options - signal, timeout
   * @returns results of the parts, in their order
   * @throws {@link OverloadedError} at once if too many wait; {@link DeadlineError} after the timeout; the
   * signal's reason once it is aborted; what the run threw
   */
  submit(
    caller: string,
    parts: readonly Part<Job>[],
    options?: WaitOptions,
  ): Promise<readonly Result[]>;
}

interface Request<Job, Result> extends QueuedRequest<Job> {
  readonly results: Result[];
  readonly count: number;
  readonly done: (results: readonly Result[]) => void;
  readonly failed: (error: unknown) => void;
}

const checkLimits = (limits: Readonly<Record<string, number>>): void => {
  for (const [where, value] of Object.entries(limits)) {
    if (value >= 1) continue;
    throw new InputError({ where, expected: 'a number, 1 or more', found: `${value}` });
  }
};

/**
 * A scheduler with nothing to do.
 *
 * @param options - limits, and what does a run
 * @throws {@link InputError} if a limit is not positive, or the padding no share
 */
export function createScheduler<Job, Result>(
  options: SchedulerOptions<Job, Result>,
): Scheduler<Job, Result> {
  const { maxQueued, maxQueuedPerCaller, maxRunTokens, maxPaddingShare, run } = options;
  checkLimits({ maxQueued, maxQueuedPerCaller, maxRunTokens });
  if (!(maxPaddingShare >= 0 && maxPaddingShare < 1)) {
    const found = `${maxPaddingShare}`;
    throw new InputError({ where: 'maxPaddingShare', expected: 'a share in [0, 1)', found });
  }
  const queue = createFairQueue<Job, Request<Job, Result>>();
  const counts = { runs: 0, parts: 0, overloaded: 0 };
  let secondsPerRequest = 0;
  let isClosed = false;
  let pumping: Promise<void> | undefined;

  const pump = async (): Promise<void> => {
    // Requests of one turn of the event loop share a run.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const taken = queue.next({ maxRunTokens, maxPaddingShare });
      if (taken.length === 0) {
        // At once: whoever submits from now on starts anew.
        pumping = undefined;
        return;
      }
      counts.runs++;
      counts.parts += taken.length;
      const start = performance.now();
      try {
        const results = await run(taken.map(({ part }) => part.job));
        for (const [i, { request }] of taken.entries()) {
          request.results.push(results[i]!);
          if (request.results.length === request.count) request.done(request.results);
        }
      } catch (error) {
        for (const { request } of taken) request.failed(error);
      }
      const seconds = (performance.now() - start) / 1000 / taken.length;
      secondsPerRequest = counts.runs === 1 ? seconds : 0.8 * secondsPerRequest + 0.2 * seconds;
    }
  };
  const start = (): void => {
    pumping ??= pump();
  };
  const admit = (caller: string): void => {
    if (isClosed) throw new ClosedError();
    const own = queue.sizeOf(caller);
    const isOwn = own >= maxQueuedPerCaller;
    if (!isOwn && queue.size < maxQueued) return;
    counts.overloaded++;
    const waiting = isOwn ? own : queue.size;
    const retryAfterSeconds = Math.max(1, Math.ceil(queue.size * secondsPerRequest));
    const whose = isOwn ? `caller "${caller}"` : 'all callers';
    throw new OverloadedError({ whose, waiting, retryAfterSeconds });
  };

  return {
    get counts() {
      return { ...counts, waiting: queue.size };
    },
    admit,
    async submit(caller, parts, { signal, timeoutMs } = {}) {
      signal?.throwIfAborted();
      admit(caller);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
        };
        const request: Request<Job, Result> = {
          caller,
          parts: [...parts],
          count: parts.length,
          results: [],
          done: (results) => {
            leave();
            resolve(results);
          },
          failed: (error) => {
            leave();
            queue.remove(request);
            reject(error);
          },
        };
        const abort = (): void => request.failed(signal!.reason);
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(() => request.failed(new DeadlineError(timeoutMs)), timeoutMs);
        signal?.addEventListener('abort', abort, { once: true });
        queue.add(request);
        start();
      });
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await pumping;
    },
  };
}

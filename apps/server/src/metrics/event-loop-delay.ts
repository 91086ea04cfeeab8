import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often a timer is set to see how late it fires. */
const resolutionMs = 5;

const quantiles = [
  ['0.5', 50],
  ['0.95', 95],
  ['0.99', 99],
] as const;

/** How late timers fire, between one look and the next. */
export interface EventLoopDelay {
  /** Seconds by quantile, since the last look; the largest is that of 1. */
  taken(): ReadonlyArray<readonly [quantile: string, seconds: number]>;
  /** Ends it. */
  close(): void;
}

/** Begins to measure. */
export function createEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // Node counts the time between two timers, the interval itself in it.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3);
  return {
    taken() {
      const seen = quantiles.map(
        ([name, percentile]) => [name, late(histogram.percentile(percentile))] as const,
      );
      const all = [...seen, ['1', late(histogram.max)] as const];
      histogram.reset();
      return all;
    },
    close: () => void histogram.disable(),
  };
}

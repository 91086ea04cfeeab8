import { expect } from 'vitest';

import type { Interval } from '@q-anchor/metrics';

/** Matches an interval whose ends are those expected, to so many digits. */
export const near = ([low, high]: Interval, digits = 11): unknown => [
  expect.closeTo(low, digits),
  expect.closeTo(high, digits),
];

/** The share of trials, numbered from 0, whose interval holds the truth. */
export function shareHeld(
  truth: number,
  { trials, interval }: { readonly trials: number; readonly interval: (trial: number) => Interval },
): number {
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const [low, high] = interval(trial);
    if (low <= truth && truth <= high) held++;
  }
  return held / trials;
}

import { InputError } from '@q-anchor/core';

/** Lower and upper end. */
export type Interval = readonly [low: number, high: number];

/** Insists that `level`, the confidence of an interval, lies strictly between 0 and 1. */
export function requireLevel(level: number): void {
  if (level > 0 && level < 1) return;
  throw new InputError({
    where: 'level',
    expected: 'a share between 0 and 1, both exclusive',
    found: `${level}`,
  });
}

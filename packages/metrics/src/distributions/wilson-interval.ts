import type { Interval } from './interval.js';
import { normalQuantile } from './standard-normal.js';

/**
 * Wilson's score interval of a rate (Wilson 1927): inside `[0, 1]` and sensible at 0 and at all.
 *
 * `(p + z^2/2n -+ z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)`.
 */
export function wilsonInterval(
  positives: number,
  { users, level }: { readonly users: number; readonly level: number },
): Interval {
  const z = normalQuantile((1 + level) / 2);
  const rate = positives / users;
  const share = (z * z) / users;
  const middle = rate + share / 2;
  const reach = z * Math.sqrt((rate * (1 - rate)) / users + share / (4 * users));
  return [
    positives === 0 ? 0 : (middle - reach) / (1 + share),
    positives === users ? 1 : (middle + reach) / (1 + share),
  ];
}

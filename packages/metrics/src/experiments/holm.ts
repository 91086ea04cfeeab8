import { InputError } from '@q-anchor/core';

/**
 * Holm's adjusted p values: of several tests at once, the chance of even one false claim stays below the level
 * that the adjusted values are compared with.
 *
 * With `p_(1) <= ... <= p_(m)`, `q_(k) = min(1, max_{j <= k} (m - j + 1) p_(j))` (Holm 1979). Needs no
 * independence, so it serves tests on the same users; uniformly more powerful than Bonferroni's `m p`.
 *
 * @param pValues - of each test, in any order
 * @returns `[tests]`, in the same order
 * @throws {@link InputError} for a p value outside [0, 1]
 * @example
 * ```ts
 * holmAdjusted([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 * ```
 */
export function holmAdjusted(pValues: readonly number[]): readonly number[] {
  for (const [i, value] of pValues.entries()) {
    if (value >= 0 && value <= 1) continue;
    throw new InputError({
      where: `pValues[${i}]`,
      expected: 'a p value from 0 to 1',
      found: String(value),
    });
  }
  const order = [...pValues.keys()].toSorted((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = pValues.map(() => 1);
  let least = 0;
  for (const [rank, test] of order.entries()) {
    least = Math.min(1, Math.max(least, (pValues.length - rank) * pValues[test]!));
    adjusted[test] = least;
  }
  return adjusted;
}

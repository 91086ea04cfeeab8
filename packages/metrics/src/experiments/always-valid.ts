import { InputError } from '@q-anchor/core';

import type { Interval } from '../distributions/interval.js';
import { requirePositive, requireShare } from '../input/require-number.js';

/** What an experiment shows at one look. */
export interface ExperimentLook {
  /** The difference so far, of rates or of means. */
  readonly difference: number;
  /** Its standard error. */
  readonly standardError: number;
}

/** A look with what may be concluded from it and all before. */
export interface AlwaysValidLook {
  /** A p value that holds at whatever look one stops; never rises. */
  readonly pValue: number;
  /** An interval that holds at all looks at once; never widens. Its ends cross if looks contradict. */
  readonly interval: Interval;
}

/** Looks at a running experiment, in their order. */
export interface AlwaysValidOptions {
  /** The looks from the first on, each over all users so far. */
  readonly looks: readonly ExperimentLook[];
  /**
   * The size of effect that the test is tuned to, in the unit of the difference: standard deviation of the
   * normal mixture. Fix it before the first look.
   */
  readonly effectScale: number;
  /** Confidence of the intervals. Default 0.95. */
  readonly level?: number;
}

/**
 * Sequential test: p values and intervals that stay valid however often one looks and whenever one stops.
 *
 * Mixture sequential probability ratio test (Robbins 1970; Johari, Pekelis and Walsh 2022) with effects mixed
 * by `Normal(0, tau^2)`, `tau` the effect scale. With difference `d` and squared standard error `v` at a look,
 *
 * `L = sqrt(v / (v + tau^2)) exp(tau^2 d^2 / (2 v (v + tau^2)))`, `p = min(1, 1 / L)` over the looks so far,
 *
 * and the interval `d -+ sqrt((v (v + tau^2) / tau^2) (log((v + tau^2) / v) - 2 log(1 - level)))`, looks
 * intersected. Validity does not depend on `tau`, only the number of users needed: it is best near the effect
 * that matters. Rests on a normal difference of known variance, so begin at some hundred users an arm. With
 * one look planned, a plain comparison needs fewer users.
 *
 * @returns one entry per look
 * @throws {@link InputError} for a standard error or effect scale that is not positive, a difference that is
 * not finite, or a level outside (0, 1)
 * @example
 * ```ts
 * const looks = days.map((day) => meanComparison(day)); // cumulated to each day
 * alwaysValidLooks({ looks, effectScale: 0.01 }).findIndex(({ pValue }) => pValue < 0.05);
 * ```
 */
export function alwaysValidLooks({
  looks,
  effectScale,
  level = 0.95,
}: AlwaysValidOptions): readonly AlwaysValidLook[] {
  requirePositive('effectScale', effectScale);
  requireShare('level', level);
  const mixing = effectScale * effectScale;
  let pValue = 1;
  let low = -Infinity;
  let high = Infinity;
  return looks.map(({ difference, standardError }, i) => {
    requirePositive(`looks[${i}].standardError`, standardError);
    if (!Number.isFinite(difference)) {
      throw new InputError({
        where: `looks[${i}].difference`,
        expected: 'a finite number',
        found: String(difference),
      });
    }
    const v = standardError * standardError;
    const logOdds = Math.log1p(mixing / v);
    const logRatio = (mixing * difference * difference) / (2 * v * (v + mixing)) - logOdds / 2;
    pValue = Math.min(pValue, Math.exp(-logRatio));
    const reach = Math.sqrt(((v * (v + mixing)) / mixing) * (logOdds - 2 * Math.log(1 - level)));
    low = Math.max(low, difference - reach);
    high = Math.min(high, difference + reach);
    return { pValue, interval: [low, high] };
  });
}

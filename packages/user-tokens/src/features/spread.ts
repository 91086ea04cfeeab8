/** Mean and spread of the numbers seen so far. */
export interface Spread {
  /** Takes a number in; one that is not finite is passed over. */
  add(value: number): void;
  /** Mean (0 of none) and standard deviation (1 where nothing varies). */
  result(): { readonly mean: number; readonly deviation: number };
}

/**
 * Running mean and population deviation (Welford 1962). Equal numbers give a deviation of exactly
 * zero, hence 1: summing squares would leave rounding noise to divide by.
 */
export function createSpread(): Spread {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add(value) {
      if (!Number.isFinite(value)) return;
      count++;
      const delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
    },
    result: () => ({ mean, deviation: Math.sqrt(squares / Math.max(1, count)) || 1 }),
  };
}

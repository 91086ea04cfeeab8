import { InputError } from '@q-anchor/core';

/** Linear warm-up, then a cosine down to zero. */
export interface WarmupCosine {
  /** Steps of the rise. */
  readonly warmupSteps: number;
  /** Steps in all. */
  readonly totalSteps: number;
  /** The highest learning rate. */
  readonly peak: number;
}

/**
 * Learning rate of a step: `peak (s+1) / warmup` while `s < warmup`, then
 * `peak (1 + cos(pi (s - warmup) / (total - warmup))) / 2`.
 *
 * @param step - counted from 0
 * @param schedule - warm-up, length, peak
 * @throws {@link InputError} if the warm-up is longer than the whole
 */
export function warmupCosineRate(step: number, schedule: WarmupCosine): number {
  const { warmupSteps, totalSteps, peak } = schedule;
  if (warmupSteps > totalSteps) {
    throw new InputError({
      where: 'warmupSteps',
      expected: `at most totalSteps (${totalSteps})`,
      found: `${warmupSteps}`,
    });
  }
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}

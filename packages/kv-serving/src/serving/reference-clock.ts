import { InputError } from '@q-anchor/core';

/** Days since 1970-01-01 by the machine's clock. */
const machineDays = (): number => Date.now() / 86_400_000;

/**
 * Reference times by a clock, rounded up to a whole step, so that a user's prefix stays the same within
 * one; they never go back, also where the clock does.
 *
 * @param options - the time now in days, by default since 1970-01-01; days of a step, 1 by default
 * @throws {@link InputError} if the step is not positive
 */
export function createReferenceClock(options: {
  readonly nowDays?: (() => number) | undefined;
  readonly stepDays?: number | undefined;
}): { readonly nowDays: () => number; readonly referenceDays: () => number } {
  const { nowDays = machineDays, stepDays = 1 } = options;
  if (!(stepDays > 0)) {
    const found = `${stepDays}`;
    throw new InputError({ where: 'referenceStepDays', expected: 'a positive number', found });
  }
  let latest = -Infinity;
  return {
    nowDays,
    referenceDays: () => (latest = Math.max(latest, Math.ceil(nowDays() / stepDays) * stepDays)),
  };
}

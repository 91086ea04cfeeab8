import { InputError } from '@q-anchor/core';

/** How far users may lag behind the clock. */
export interface Staleness {
  /**
   * Users without new events are at most so many days, less a step, behind the clock; a multiple of
   * `stepDays`. As many as a step: nobody lags.
   */
  readonly staleDays: number;
  /** Reference times are multiples of so many days. */
  readonly stepDays: number;
}

/**
 * Checks a staleness.
 *
 * @throws {@link InputError} if a number is not positive, or one no multiple of the other
 */
export function checkStaleness({ staleDays, stepDays }: Staleness): void {
  if (!(stepDays > 0 && Number.isFinite(stepDays))) {
    const found = `${stepDays}`;
    throw new InputError({ where: 'stepDays', expected: 'a positive number of days', found });
  }
  const steps = staleDays / stepDays;
  if (steps > 0.5 && Math.abs(steps - Math.round(steps)) < 1e-9 * steps) return;
  const expected = `a positive multiple of stepDays, ${stepDays}`;
  throw new InputError({ where: 'staleDays', expected, found: `${staleDays}` });
}

/**
 * The reference time that a user is embedded at: what is known ends there, and ages count from there.
 *
 * `b + S floor((c - b) / S)`, where `b` is the first step after the user's last event and `c` the step at
 * or after the clock; `c` for a user without events.
 *
 * It depends on user and clock alone, not on when anything was computed: refreshing day by day and
 * computing everything anew give the same. New events move it to the clock's step; without any it moves
 * every S days, on days that differ from user to user.
 *
 * @param lastEventDays - the time of the newest event before the clock's step; none: no event
 * @param options - the clock, S = `staleDays`, the step
 * @returns days, a multiple of the step, after the last event and at most `staleDays - stepDays` before `c`
 * @throws {@link InputError} as {@link checkStaleness}
 * @example
 * ```ts
 * const weekly = { staleDays: 7, stepDays: 1 };
 * effectiveReference(99.5, { nowDays: 99.8, ...weekly }); // 100: today's event counts
 * effectiveReference(99.5, { nowDays: 105.8, ...weekly }); // 100 still, six days later
 * effectiveReference(99.5, { nowDays: 106.8, ...weekly }); // 107
 * ```
 */
export function effectiveReference(
  lastEventDays: number | undefined,
  options: Staleness & { readonly nowDays: number },
): number {
  checkStaleness(options);
  const { nowDays, staleDays, stepDays } = options;
  const clock = Math.ceil(nowDays / stepDays);
  if (lastEventDays === undefined) return clock * stepDays;
  let first = Math.floor(lastEventDays / stepDays) + 1;
  // A quotient that was rounded down would put the reference at the event itself, which is not seen then.
  if (first * stepDays <= lastEventDays) first++;
  const stale = Math.round(staleDays / stepDays);
  return (first + stale * Math.floor((clock - first) / stale)) * stepDays;
}

import { InputError } from '@q-anchor/core';

import type { Timing } from './timing.js';

/** Somebody who can do the work of a bench. */
export interface Contestant<Name extends string> {
  /** Its name in the results. */
  readonly name: Name;
  /** Does the work in a process of its own. */
  measure(): Promise<Timing>;
}

/** Timings by contestant, one a round; entries of one index are a pair. */
export type RoundTimings<Name extends string> = Readonly<Record<Name, readonly Timing[]>>;

/**
 * Measures contestants in turn, round by round, so that what else the machine does falls on all of
 * them; every other round goes backwards, so that none is always the first.
 *
 * @param contestants - with distinct names
 * @param options - number of rounds, and a listener
 * @throws {@link InputError} if there is no round or no contestant
 */
export async function roundTimings<Name extends string>(
  contestants: readonly Contestant<Name>[],
  options: {
    readonly rounds: number;
    readonly onTiming?: (event: { name: Name; round: number; timing: Timing }) => void;
  },
): Promise<RoundTimings<Name>> {
  const { rounds, onTiming } = options;
  if (rounds < 1 || contestants.length === 0) {
    throw new InputError({
      where: 'rounds',
      expected: 'at least one round of one contestant',
      found: `${rounds} of ${contestants.length}`,
    });
  }
  const timings = Object.fromEntries(
    contestants.map(({ name }) => [name, [] as Timing[]]),
  ) as Record<Name, Timing[]>;
  for (let round = 0; round < rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const timing = await contestant.measure();
      timings[contestant.name].push(timing);
      onTiming?.({ name: contestant.name, round, timing });
    }
  }
  return timings;
}

import type { Scenario } from '@q-anchor/core';

import type { Person } from '../person/person.js';

/** A business question about simulated people, and how its event comes about. */
export interface SimulatedScenario extends Scenario {
  /** The event may happen in so many days from the reference on. */
  readonly windowDays: number;
  /** The event that is asked for. */
  readonly target: {
    readonly modality: 'bill' | 'mini';
    readonly category: string;
    readonly texts: readonly string[];
    /** A middling price, where something is paid. */
    readonly price?: number;
  };
  /** The log odds that it happens within the window, from who the person is when a day begins. */
  logOdds(person: Person, day: number): number;
}

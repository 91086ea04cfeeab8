import type { Scenario } from '@q-anchor/core';

import type { SimulatedEvent } from './person-events.js';
import type { SimulatedModality } from './vocabulary.js';

/** What a person does in the 30 days after the reference, by modality. */
export type LaterEvents = Readonly<Record<SimulatedModality, readonly SimulatedEvent[]>>;

/** A business question about simulated people and its answer. */
export interface SimulatedScenario extends Scenario {
  /** The answer, from what happens after the reference. */
  label(later: LaterEvents): boolean;
}

const paid = (later: LaterEvents, category: string): number =>
  later.bill.filter((event) => event.category === category).length;

/** The business questions, each about the 30 days after the reference; names and domains are the paper's. */
export const simulatedScenarios: readonly SimulatedScenario[] = [
  {
    name: 'active',
    domain: 'engagement',
    query: 'Will this user be active on almost every day of the coming month?',
    label: (later) => {
      const times = Object.values(later)
        .flat()
        .map(({ timeDays }) => Math.floor(timeDays));
      return new Set(times).size >= 26;
    },
  },
  {
    name: 'takeout',
    domain: 'marketing',
    query: 'Will this user order takeaway food several times in the coming month?',
    label: (later) => paid(later, 'takeout') >= 4,
  },
  {
    name: 'promo',
    domain: 'marketing',
    query: 'Will this user redeem coupons in the coming month?',
    label: (later) => paid(later, 'coupon used') >= 2,
  },
  {
    name: 'fraud',
    domain: 'risk',
    query: 'Is this user about to commit payment fraud?',
    label: (later) => paid(later, 'chargeback') >= 1,
  },
];

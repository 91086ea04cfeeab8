import type { Random } from '@q-anchor/core';

import { logistic } from '../draws.js';
import type { LifeEvent, LifeEventKind } from './life-events.js';
import type { Traits } from './traits.js';

/**
 * Hidden modes: each decides in which order, or how far apart, a person does certain things, hardly
 * how often. They turn on and off over the weeks.
 */
export const modeNames = [
  'testsThenDrains',
  'passesMoneyThrough',
  'followsConcerts',
  'spendsAtOnce',
  'eatsTakeout',
  'keepsStreaks',
  'signsInRegularly',
] as const;

/** One of them. */
export type ModeName = (typeof modeNames)[number];

interface ModeRule {
  /** The long-run share of time it is on. */
  readonly share: (traits: Traits) => number;
  /** How long it lasts, in days: the sum of both rates of turning is one in so many. */
  readonly persistenceDays: number;
  /** The chance that a life event turns it on. */
  readonly turnedOnBy?: Readonly<Partial<Record<LifeEventKind, number>>>;
}

const rules: Readonly<Record<ModeName, ModeRule>> = {
  testsThenDrains: {
    share: ({ criminalIntent }) => logistic(-1 + 0.8 * criminalIntent),
    persistenceDays: 70,
  },
  passesMoneyThrough: {
    share: ({ criminalIntent, debt }) => logistic(-0.9 + 0.5 * criminalIntent + 0.5 * debt),
    persistenceDays: 70,
    turnedOnBy: { debtSpiral: 0.5 },
  },
  followsConcerts: { share: () => 0.45, persistenceDays: 90 },
  spendsAtOnce: { share: () => 0.45, persistenceDays: 200, turnedOnBy: { debtSpiral: 0.6 } },
  eatsTakeout: {
    share: ({ takeoutLiking }) => logistic(-0.5 + 0.3 * takeoutLiking),
    persistenceDays: 45,
    turnedOnBy: { breakUp: 0.9, newJob: 0.6, baby: 0.6, move: 0.5 },
  },
  keepsStreaks: {
    share: ({ diligence }) => logistic(-0.1 + 0.4 * diligence),
    persistenceDays: 90,
  },
  signsInRegularly: {
    share: ({ diligence }) => logistic(-0.1 + 0.4 * diligence),
    persistenceDays: 80,
  },
};

/** Whether a mode is on, for each day of a life. */
export function drawMode(
  name: ModeName,
  life: {
    readonly traitsOf: (day: number) => Traits;
    readonly lifeEvents: readonly LifeEvent[];
    readonly days: number;
    readonly random: Random;
  },
): Uint8Array {
  const { traitsOf, lifeEvents, days, random } = life;
  const { share, persistenceDays, turnedOnBy = {} } = rules[name];
  const on = new Uint8Array(days);
  let isOn = random.uniform() < share(traitsOf(0));
  for (let day = 0; day < days; day++) {
    const rate = (isOn ? 1 - share(traitsOf(day)) : share(traitsOf(day))) / persistenceDays;
    if (random.uniform() < rate) isOn = !isOn;
    for (const event of lifeEvents) {
      if (event.day === day && random.uniform() < (turnedOnBy[event.kind] ?? 0)) isOn = true;
    }
    on[day] = Number(isOn);
  }
  return on;
}

import type { Random } from '@q-anchor/core';

import { poisson } from '../draws.js';
import { interests } from '../vocabulary/interests.js';
import { sharesOf, type Traits } from './traits.js';

/** What may happen to a person. */
const lifeEventKinds = ['newJob', 'move', 'baby', 'breakUp', 'debtSpiral', 'newHobby'] as const;

/** One of them. */
export type LifeEventKind = (typeof lifeEventKinds)[number];

/** Something that changes a person from a day on. */
export interface LifeEvent {
  readonly kind: LifeEventKind;
  readonly day: number;
  /** The traits after it. */
  readonly after: Traits;
}

/** What a life event makes of a person. */
const changes: Readonly<Record<LifeEventKind, (traits: Traits, random: Random) => Traits>> = {
  newJob: (traits, random) => ({
    ...traits,
    income: traits.income + 0.25 + 0.3 * random.normal(),
    payDay: 1 + random.integer(28),
    nightOwl: 0.6 * traits.nightOwl,
  }),
  move: (traits, random) => ({
    ...traits,
    cityTier: 1 + random.integer(4),
    quarter: random.integer(1000),
    interests: sharesOf({ ...traits.interests, home: traits.interests.home + 0.15 }),
  }),
  baby: (traits) => ({
    ...traits,
    household: 'family',
    activity: traits.activity - 0.25,
    nightOwl: Math.min(1, traits.nightOwl + 0.3),
    interests: sharesOf({ ...traits.interests, family: traits.interests.family + 0.4 }),
  }),
  breakUp: (traits) => ({
    ...traits,
    household: 'single',
    nightOwl: Math.min(1, traits.nightOwl + 0.25),
    interests: sharesOf({ ...traits.interests, music: traits.interests.music + 0.12 }),
  }),
  debtSpiral: (traits) => ({
    ...traits,
    debt: traits.debt + 1.4,
    diligence: traits.diligence - 0.6,
    priceSensitivity: Math.min(1, traits.priceSensitivity + 0.25),
  }),
  newHobby: (traits, random) => {
    const hobby = random.pick(interests);
    return {
      ...traits,
      interests: sharesOf({ ...traits.interests, [hobby]: traits.interests[hobby] + 0.35 }),
    };
  },
};

/** Draws the life events of `days` days, oldest first. */
export function drawLifeEvents(traits: Traits, random: Random, days: number): LifeEvent[] {
  const dates = Array.from({ length: Math.min(3, poisson(days / 110, random)) }, () =>
    random.integer(days),
  ).toSorted((a, b) => a - b);
  let current = traits;
  return dates.map((day) => {
    const kind = random.pick(lifeEventKinds);
    current = changes[kind](current, random);
    return { kind, day, after: current };
  });
}

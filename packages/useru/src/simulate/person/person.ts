import type { Random } from '@q-anchor/core';

import type { SimulatedModality } from '../vocabulary/modalities.js';
import { drawLifeEvents, type LifeEvent } from './life-events.js';
import { drawMode, modeNames, type ModeName } from './modes.js';
import { drawTraits, type Traits } from './traits.js';

/** A simulated person over their days. */
export interface Person {
  readonly lifeEvents: readonly LifeEvent[];
  /** Modalities without any record. */
  readonly hidden: ReadonlySet<SimulatedModality>;
  /** Whether there is a profile. */
  readonly hasProfile: boolean;
  /** Traits on a day, from 0. */
  traitsOn(day: number): Traits;
  /** Log of how much they do on a day, against the middle of the population. */
  levelOn(day: number): number;
  /** Whether a hidden mode is on. */
  isOn(mode: ModeName, day: number): boolean;
}

/** How fast the level of activity forgets, and how far it strays. */
const levelMemory = 0.93;
const levelNoise = 0.12;

/** How often a modality has no record; payments and mini-programs always have. */
const hiddenShares = { spm: 0.04, search: 0.15, app: 0.12 } as const;

/** Draws a person for `days` days. */
export function drawPerson(random: Random, days: number): Person {
  const traits = drawTraits(random.fork('traits'));
  const lifeEvents = drawLifeEvents(traits, random.fork('life'), days);
  const traitsOn = (day: number): Traits =>
    lifeEvents.findLast((event) => event.day <= day)?.after ?? traits;
  const modes = Object.fromEntries(
    modeNames.map((name) => {
      const own = random.fork(`mode/${name}`);
      return [name, drawMode(name, { traitsOf: traitsOn, lifeEvents, days, random: own })];
    }),
  ) as Record<ModeName, Uint8Array>;
  const noise = random.fork('level');
  const stray = new Float64Array(days);
  for (let day = 1; day < days; day++) {
    stray[day] = levelMemory * stray[day - 1]! + levelNoise * noise.normal();
  }
  const missing = random.fork('missing');
  const hidden = new Set<SimulatedModality>();
  for (const [modality, share] of Object.entries(hiddenShares)) {
    if (missing.uniform() < share) hidden.add(modality as SimulatedModality);
  }
  return {
    lifeEvents,
    hidden,
    hasProfile: missing.uniform() >= 0.03,
    traitsOn,
    levelOn: (day) => {
      const { activity, drift } = traitsOn(day);
      const level = activity + (drift * (day - days / 2)) / 60 + stray[day]!;
      return Math.max(-2.5, Math.min(2.1, level));
    },
    isOn: (mode, day) => modes[mode][day] === 1,
  };
}

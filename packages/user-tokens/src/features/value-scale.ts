import type { UserProfile } from '@q-anchor/core';

import { createSpread, type Spread } from './spread.js';

/** Centre and spread of a modality's values, from the training profiles. */
export interface ValueScale {
  /** Mean of the values. */
  readonly mean: number;
  /** Standard deviation, 1 where values do not vary. */
  readonly deviation: number;
}

/** Value scales by modality; a modality without values is left out. */
export type ValueScales = Readonly<Record<string, ValueScale>>;

/** Standardised values are cut here, so that one extreme amount can't dominate. */
const limit = 5;

/**
 * Fits value scales.
 *
 * @param profiles - training profiles only
 */
export function fitValueScales(profiles: Iterable<UserProfile>): ValueScales {
  const spreads = new Map<string, Spread>();
  for (const { events } of profiles) {
    for (const [name, list] of Object.entries(events)) {
      for (const { value } of list) {
        if (value === undefined || !Number.isFinite(value)) continue;
        if (!spreads.has(name)) spreads.set(name, createSpread());
        spreads.get(name)!.add(value);
      }
    }
  }
  return Object.fromEntries([...spreads].map(([name, spread]) => [name, spread.result()]));
}

/**
 * Features of an event's value: `[1, (value - mean) / deviation]` cut at ±5, or zeros without one.
 *
 * @param value - the event's value
 * @param scale - its modality's scale
 */
export function valueFeatures(
  value: number | undefined,
  scale: ValueScale | undefined,
): readonly [number, number] {
  if (value === undefined || !Number.isFinite(value) || !scale) return [0, 0];
  const standardised = (value - scale.mean) / scale.deviation;
  return [1, Math.max(-limit, Math.min(limit, standardised))];
}

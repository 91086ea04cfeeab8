import { createRandom, type UserProfile } from '@q-anchor/core';
import { describe, expect, it } from 'vitest';

import { drawnNextEvent } from '../../src/encoders/next-event.js';

const config = {
  modalities: [
    { name: 'bill', maxEvents: 50, maxTokens: 8 },
    { name: 'app', maxEvents: 50, maxTokens: 8 },
  ],
};
const eventsAt = (times: readonly number[]): UserProfile['events'][string] =>
  times.map((timeDays) => ({ timeDays, text: `at ${timeDays}` }));
const profile: UserProfile = {
  userId: 'u',
  referenceDays: 40,
  events: {
    bill: eventsAt([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]),
    app: eventsAt([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]),
  },
  tabular: { age: 30 },
};
const timesOf = ({ events }: UserProfile): number[] =>
  Object.values(events)
    .flat()
    .map(({ timeDays }) => timeDays)
    .toSorted((a, b) => a - b);
const draws = Array.from({ length: 2000 }, (_, seed) => createRandom(seed));

describe('drawnNextEvent', () => {
  it('has all events before the drawn one and none after', () => {
    const drawn = new Set<number>();
    for (const random of draws) {
      const { profile: before, text } = drawnNextEvent(profile, { config, random });
      const { referenceDays } = before;
      drawn.add(referenceDays);
      expect(text).toBe(`at ${referenceDays}`);
      expect(timesOf(before)).toEqual(Array.from({ length: referenceDays }, (_, i) => i));
      expect(before.tabular).toEqual({});
    }
    expect([...drawn].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, i) => 10 + i),
    );
  });

  it('does not show what happens at the same time as the drawn one', () => {
    const tied = { ...profile, events: { bill: eventsAt([1, 5, 5, 5]), app: [] } };
    for (const random of draws.slice(0, 20)) {
      const { profile: before } = drawnNextEvent(tied, { config, random });
      expect(timesOf(before)).toEqual([1]);
    }
  });

  it('is empty where no event follows another', () => {
    const one = { ...profile, events: { bill: eventsAt([3]), app: [] } };
    const { profile: before, text } = drawnNextEvent(one, { config, random: createRandom(1) });
    expect(text).toBe('');
    expect(timesOf(before)).toEqual([3]);
  });
});

import { createRandom, type UserProfile } from '@q-anchor/core';
import { describe, expect, it } from 'vitest';

import { drawnNextEvent } from '../../src/encoders/next-event.js';
import { randomSlice } from '../../src/encoders/random-slice.js';

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

describe('randomSlice', () => {
  it('is a run of 5 to 15 of 20 events, of any length and place', () => {
    const seen = { lengths: new Set<number>(), starts: new Set<number>() };
    for (const random of draws) {
      const times = timesOf(randomSlice(profile, { config, random }));
      seen.lengths.add(times.length);
      seen.starts.add(times[0]!);
      expect(times).toEqual(times.map((_, i) => times[0]! + i));
    }
    expect([...seen.lengths].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 11 }, (_, i) => 5 + i),
    );
    expect(Math.max(...seen.starts)).toBe(15);
  });

  it('leaves the profile’s columns out', () => {
    expect(randomSlice(profile, { config, random: createRandom(1) }).tabular).toEqual({});
  });

  it('is seen from the event behind it, from the user’s own reference behind the last', () => {
    const references = new Set<number>();
    for (const random of draws) {
      const slice = randomSlice(profile, { config, random });
      const end = timesOf(slice).at(-1)!;
      references.add(slice.referenceDays);
      expect(slice.referenceDays).toBe(end === 19 ? 40 : end + 1);
    }
    expect(references.has(40)).toBe(true);
    expect(references.size).toBe(16);
  });

  it('is seen from later than all of it where events share a time', () => {
    const tied = { ...profile, events: { bill: eventsAt([1, 5, 5, 5, 9]), app: [] } };
    const references = draws.map((random) => randomSlice(tied, { config, random }));
    for (const { referenceDays, events } of references) {
      expect(Math.max(...events['bill']!.map(({ timeDays }) => timeDays))).toBeLessThan(
        referenceDays,
      );
    }
    expect(new Set(references.map(({ referenceDays }) => referenceDays))).toEqual(
      new Set([5, 9, 40]),
    );
  });

  it('keeps the one event there is, and takes users without any', () => {
    const one = { ...profile, events: { bill: eventsAt([3]), app: [] } };
    expect(timesOf(randomSlice(one, { config, random: createRandom(1) }))).toEqual([3]);
    const none = { ...profile, events: {} };
    expect(timesOf(randomSlice(none, { config, random: createRandom(1) }))).toEqual([]);
  });
});

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

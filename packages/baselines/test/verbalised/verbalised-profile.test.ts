import { verbalisedProfile } from '@q-anchor/baselines';
import type { UserProfile } from '@q-anchor/core';
import { describe, expect, it } from 'vitest';

const config = {
  modalities: [
    { name: 'bill', maxEvents: 100, maxTokens: 8 },
    { name: 'app', maxEvents: 10, maxTokens: 8 },
  ],
  windowDays: 90,
};
const profile: UserProfile = {
  userId: 'u',
  referenceDays: 100,
  events: {
    bill: [
      { timeDays: 91, text: 'rent', value: 900 },
      { timeDays: 98.5, text: 'train\nticket' },
      { timeDays: 99.2, text: 'coffee', value: 3.456 },
      { timeDays: 99.9, text: 'lunch', value: 12 },
    ],
    app: [{ timeDays: 80, text: 'chess' }],
  },
  tabular: { age: 34, income: null, city: 'large' },
};
/** One token a word. */
const encode = (text: string): number[] =>
  text
    .split(/\s+/u)
    .filter(Boolean)
    .map(() => 1);
const of = (one: UserProfile, maxTokens: number) =>
  verbalisedProfile(one, { config, encode, maxTokens });

describe('verbalisedProfile', () => {
  it('tells columns, counts, and events newest first', () => {
    const { text, ids } = of(profile, 1000);
    expect(text).toBe(
      'Profile: age 34, city large. bill: 4 events in 90 days, 3 in the last 7. ' +
        'Today: lunch 12, coffee 3.46. Yesterday: train ticket. 9 days ago: rent 900.' +
        ' app: 1 event in 90 days. 20 days ago: chess.',
    );
    expect(ids.length).toBeGreaterThanOrEqual(encode(text).length);
  });

  it('keeps to the tokens there are: the newest, and small modalities whole', () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ timeDays: 30 + i, text: `bought ${i}` }));
    const large = { ...profile, events: { ...profile.events, bill: many } };
    const { text, ids } = of(large, 60);
    expect(ids.length).toBeLessThanOrEqual(60);
    expect(ids.length).toBeGreaterThan(50);
    expect(text).toContain('bought 59');
    expect(text).not.toContain('bought 30');
    expect(text).toContain('chess');
  });

  it('is cut where columns alone are too long', () => {
    expect(of(profile, 4).ids).toHaveLength(4);
  });

  it('tells nothing of events at or after the reference', () => {
    const later = { timeDays: 100, text: 'secret' };
    const leaking = { ...profile, events: { ...profile.events, app: [later] } };
    const { text } = of(leaking, 1000);
    expect(text).not.toContain('secret');
    expect(text).toContain('app: no events in 90 days.');
  });
});

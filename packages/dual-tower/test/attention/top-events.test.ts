import type { UserProfile } from '@q-anchor/core';
import { topEvents, type QueryAttention, type SeenToken } from '@q-anchor/dual-tower';
import { expect, test } from 'vitest';

const tokens: readonly SeenToken[] = [
  { kind: 'event', modality: 'bill', index: 0 },
  { kind: 'event', modality: 'bill', index: 1 },
  { kind: 'event', modality: 'tabular', index: 0 },
  { kind: 'userEmbedding' },
];
const profile: UserProfile = {
  userId: 'ann',
  referenceDays: 30,
  events: {
    bill: [
      { timeDays: 20, text: 'paid the rent' },
      { timeDays: 29.5, text: 'takeaway pizza' },
    ],
  },
  tabular: { age: 30, city: 'Oslo' },
};
const attention = (weights: readonly number[]): QueryAttention => ({
  tokens,
  fromUserEmbedding: [Float32Array.from(weights)],
  fromPrompts: [],
});

test('events by their mean share over questions, the most first, with text and age', () => {
  const before = [attention([1, 2, 1, 0]), attention([3, 8, 0, 0])];
  expect(topEvents(profile, { before, count: 2 })).toEqual([
    { modality: 'bill', text: 'takeaway pizza', daysBefore: 0.5, share: 5 },
    { modality: 'bill', text: 'paid the rent', daysBefore: 10, share: 2 },
  ]);
});

test('behind prompts, the share without them stands beside; columns are named', () => {
  const [first] = topEvents(profile, {
    before: [attention([1, 2, 4, 0])],
    after: [attention([1, 1, 8, 0])],
    count: 1,
  });
  expect(first).toEqual({
    modality: 'tabular',
    text: 'age, city',
    daysBefore: 0,
    share: 8,
    shareBefore: 4,
  });
});

import type { UserProfile } from '@q-anchor/core';
import { createGrounding, createTemplateAnnotator, type Action } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

const referenceDays = 19_000;
const visits: ReadonlyArray<
  readonly [days: number, category: string, text: string, value: number]
> = [
  [-40, 'restaurant', 'river cafe', 20],
  [-20, 'restaurant', 'hill steakhouse', 60],
  [-12, 'restaurant', 'river cafe', 31.25],
  [-9, 'taxi', 'night taxi', 8],
  [-3, 'restaurant', 'river cafe', 22],
  [-1, 'taxi', 'airport taxi', 30],
];
const actions: Action[] = visits.map(([timeDays, category, , value]) => ({
  timeDays,
  modality: 'bill',
  category,
  value,
}));
const profile: UserProfile = {
  userId: 'x',
  referenceDays,
  events: {
    bill: visits.map(([days, , text, value]) => ({ timeDays: referenceDays + days, text, value })),
  },
  tabular: { city: 'New York', age: 41 },
};
const checker = createGrounding({ windowDays: 90 })(profile, actions);
const check = (pair: Parameters<typeof checker.check>[0]) => checker.check(pair);

describe('createGrounding', () => {
  it.each([
    [
      'category',
      'How often does the user deal with restaurant?',
      'Yes: restaurant 4 times in the last 90 days, on 4 days.',
    ],
    [
      'category',
      'What is the typical amount in restaurant?',
      'Typical amount in restaurant: 26.6; highest 60, latest 22.',
    ],
    [
      'category',
      'Does the user have a favourite in restaurant?',
      'Mainly river cafe: 3 of 4 in restaurant, then hill steakhouse 1.',
    ],
    [
      'rides',
      'What share has to do with taxis and ride hailing?',
      'Important: taxis and ride hailing in 33 percent of 6 records.',
    ],
    ['background', "What is the user's city?", 'On record: city New York.'],
    ['activity', 'How active is the user?', 'Active: 6 actions on 6 days of the last 90.'],
  ])('finds %s: %s supported', (topic, query, answer) => {
    expect(check({ topic, query, answer })).toEqual({ numbers: [], names: [] });
  });

  it('finds numbers that are true of something else, but not of the matter asked about', () => {
    const query = 'How often does the user deal with taxi?';
    expect(check({ topic: 'category', query, answer: 'Yes: taxi 4 times.' }).numbers).toEqual([
      '4',
    ]);
    expect(check({ topic: 'category', query, answer: 'Yes: taxi 2 times.' }).numbers).toEqual([]);
    const sum = 'Typical amount in taxi: 26.6.';
    expect(check({ topic: 'category', query, answer: sum }).numbers).toEqual(['26.6']);
  });

  it('finds names that the profile does not have', () => {
    const query = "What is the user's city?";
    const { names } = check({ topic: 'background', query, answer: 'On record: city Paris.' });
    expect(names).toEqual(['Paris']);
  });

  it('finds any change of a number in what the annotator says', () => {
    const annotator = createTemplateAnnotator({ windowDays: 90 });
    let changed = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const pair of annotator.annotate(profile, actions, { count: 20, seed })) {
        expect(check(pair)).toEqual({ numbers: [], names: [] });
        const answer = pair.answer.replace(/\d+/u, (number) => `${Number(number) + 1000}`);
        if (answer === pair.answer) continue;
        changed++;
        expect(check({ ...pair, answer }).numbers).toHaveLength(1);
      }
    }
    expect(changed).toBeGreaterThan(200);
  });
});

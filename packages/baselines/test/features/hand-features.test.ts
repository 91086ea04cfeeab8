import { fitHandFeatures, handFeatures } from '@q-anchor/baselines';
import { InputError, type UserProfile } from '@q-anchor/core';
import { describe, expect, it } from 'vitest';

const config = {
  modalities: [
    { name: 'bill', maxEvents: 3, maxTokens: 8 },
    { name: 'app', maxEvents: 10, maxTokens: 8 },
  ],
  windowDays: 20,
};

const user = (
  events: UserProfile['events'],
  tabular: UserProfile['tabular'] = {},
): UserProfile => ({ userId: 'u', referenceDays: 100, events, tabular });

const rich = user(
  {
    bill: [
      { timeDays: 82, text: 'rent', value: 900 }, // beyond the newest three
      { timeDays: 85, text: 'Coffee to go', value: 3 },
      { timeDays: 94, text: 'coffee, COFFEE', value: 4 },
      { timeDays: 99, text: 'book', value: 20 },
    ],
    app: [{ timeDays: 99.5, text: 'chess' }],
  },
  { age: 40, city: 'Rome' },
);
const plain = user(
  { bill: [{ timeDays: 90, text: 'coffee to go' }], app: [] },
  { age: null, city: 'Rome' },
);

describe('handFeatures', () => {
  const fitted = fitHandFeatures([rich, plain], { config });

  it('counts as worked by hand', () => {
    const row = handFeatures(rich, fitted);
    const named = Object.fromEntries(fitted.columns.map((name, i) => [name, row[i]]));
    expect(named).toEqual({
      age: 40,
      'city is Rome': 1,
      'bill: events': 3,
      'bill: events in 7 days': 2,
      'bill: days since newest': 1,
      'bill: days since oldest': 15,
      'bill: sum': 27,
      'bill: mean': 9,
      'bill: largest': 20,
      'bill: newest': 20,
      'bill: "coffee"': 2,
      'bill: "coffee" in 7 days': 1,
      'bill: "go"': 1,
      'bill: "go" in 7 days': 0,
      'bill: "to"': 1,
      'bill: "to" in 7 days': 0,
      'app: events': 1,
      'app: events in 7 days': 1,
      'app: days since newest': 0.5,
      'app: days since oldest': 0.5,
    });
    expect(row).toHaveLength(fitted.columns.length);
  });

  it('leaves missing what a user does not have', () => {
    const row = handFeatures(user({}), fitted);
    const missing = fitted.columns.filter((_, i) => Number.isNaN(row[i]));
    expect(missing).toEqual([
      'age',
      'bill: days since newest',
      'bill: days since oldest',
      'bill: mean',
      'bill: largest',
      'bill: newest',
      'app: days since newest',
      'app: days since oldest',
    ]);
    expect(row.filter((x) => x !== 0 && !Number.isNaN(x))).toEqual(new Float64Array());
  });

  it('reads no event at or after the reference', () => {
    const future = { timeDays: 100, text: 'coffee', value: 1e6 };
    const leaking = user({ ...rich.events, bill: [...rich.events['bill']!, future] }, rich.tabular);
    expect(handFeatures(leaking, fitted)).toEqual(handFeatures(rich, fitted));
  });

  it('takes the most widespread words, by users and not by events', () => {
    const often = user({ bill: ['pen', 'pen', 'pen'].map((text) => ({ timeDays: 90, text })) });
    const some = [often, rich, plain, user({ bill: [{ timeDays: 90, text: 'pen coffee' }] })];
    const { modalities } = fitHandFeatures(some, { config, maxWords: 1 });
    expect(modalities.map(({ words }) => words)).toEqual([['coffee'], []]);
  });

  it('needs profiles to fit on', () => {
    expect(() => fitHandFeatures([], { config })).toThrow(InputError);
  });
});

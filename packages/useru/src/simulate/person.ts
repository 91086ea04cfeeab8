import type { Random } from '@q-anchor/core';

import { interests, type Interest } from './vocabulary.js';

/** What a simulated person is like: the causes of all they do. */
export interface Person {
  /** Log of how much they do, against the middle of the population. */
  readonly activity: number;
  /** How that log changes over 60 days. */
  readonly drift: number;
  /** Log of income, against the middle. */
  readonly income: number;
  /** How strongly price decides, 0 to 1. */
  readonly priceSensitivity: number;
  /** Standardised: high pays in time. */
  readonly diligence: number;
  /** Standardised burden of debt. */
  readonly debt: number;
  /** How much more they do at the weekend: -0.5 to 0.5. */
  readonly weekendLean: number;
  /** Shares of interest, summing to 1. */
  readonly interests: Readonly<Record<Interest, number>>;
  /** Liking of takeaway food, a positive factor. */
  readonly takeoutLiking: number;
  /** The day of the simulation on which fraud comes to light; absent: an honest person. */
  readonly fraudDay?: number;
  /** Modalities with no record at all. */
  readonly hidden: { readonly search: boolean; readonly app: boolean };
  /** Age in years. */
  readonly age: number;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Draws a person. */
export function drawPerson(random: Random): Person {
  const income = 0.6 * random.normal();
  const diligence = random.normal();
  const debt = 0.7 * random.normal() - 0.7 * income - 0.4 * diligence;
  const weights = interests.map(() => Math.exp(1.1 * random.normal()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Object.fromEntries(interests.map((name, i) => [name, weights[i]! / total]));
  const priceSensitivity = logistic(random.normal() - income);
  const isFraud = random.uniform() < logistic(-2.2 + 1.1 * debt - 0.8 * diligence);
  const fraudDay = Math.floor(45 + 85 * random.uniform());
  return {
    activity: 0.7 * random.normal(),
    drift: 0.45 * random.normal() + 0.15 * diligence,
    income,
    priceSensitivity,
    diligence,
    debt,
    weekendLean: random.uniform() - 0.5,
    interests: shares as Record<Interest, number>,
    takeoutLiking: Math.exp(0.9 * random.normal()) * (0.4 + 5 * shares['food']!),
    ...(isFraud ? { fraudDay } : {}),
    hidden: { search: random.uniform() < 0.1, app: random.uniform() < 0.08 },
    age: Math.round(18 + 50 * random.uniform() ** 1.4),
  };
}

/** Profile columns, noisy views of the person; some are unknown. */
export function profileOf(person: Person, random: Random): Record<string, number | string | null> {
  const known = <T>(value: T): T | null => (random.uniform() < 0.08 ? null : value);
  const incomeBands = ['low', 'lower middle', 'middle', 'upper middle', 'high'];
  const noisyIncome = person.income / 0.6 + 0.5 * random.normal();
  const band = Math.max(0, Math.min(4, Math.round(2 + noisyIncome)));
  const credit = 650 + 45 * person.diligence - 40 * person.debt + 30 * random.normal();
  return {
    age: person.age,
    city_size: random.pick(['village', 'town', 'city', 'large city']),
    income_band: known(incomeBands[band]!),
    credit_score: known(Math.round(credit)),
    account_months: Math.round(3 + 80 * random.uniform()),
    devices:
      1 +
      (random.uniform() < 0.3 ? 1 : 0) +
      (person.fraudDay !== undefined && random.uniform() < 0.3 ? 1 : 0),
  };
}

import type { Random } from '@q-anchor/core';

import { logistic } from '../draws.js';
import { interests, type Interest } from '../vocabulary/interests.js';

/** Whom a person lives with. */
const households = ['single', 'couple', 'family', 'shared flat'] as const;

/** What a person is like at some time: the causes of what they do. */
export interface Traits {
  /** Age in years. */
  readonly age: number;
  readonly household: (typeof households)[number];
  /** Size of where they live: 1 a village, 4 a large city. */
  readonly cityTier: number;
  /** Which quarter of it: decides the shops they know. */
  readonly quarter: number;
  /** Log of income, against the middle; deviation 0.6. */
  readonly income: number;
  /** Day of the month on which they are paid, 1 to 28. */
  readonly payDay: number;
  /** Shares of interest, summing to 1. */
  readonly interests: Readonly<Record<Interest, number>>;
  /** How strongly price decides, 0 to 1. */
  readonly priceSensitivity: number;
  /** Standardised: high pays in time. */
  readonly diligence: number;
  /** Standardised burden of debt. */
  readonly debt: number;
  /** Log of how much they do, against the middle; heavy-tailed. */
  readonly activity: number;
  /** How that log changes over 60 days. */
  readonly drift: number;
  /** Standardised readiness to break the law. */
  readonly criminalIntent: number;
  /** How much of life happens at night, 0 to 1. */
  readonly nightOwl: number;
  /** How much more they do at the weekend: -0.5 to 0.5. */
  readonly weekendLean: number;
  /** Standardised liking of food brought home. */
  readonly takeoutLiking: number;
  /** Standardised liking of one brand over its rivals. */
  readonly loyalty: number;
  /** Standardised care for trees. */
  readonly greenness: number;
}

/** Shares of interest from weights. */
export const sharesOf = (weights: Readonly<Record<Interest, number>>): Record<Interest, number> => {
  const total = interests.reduce((sum, name) => sum + weights[name], 0);
  return Object.fromEntries(interests.map((name) => [name, weights[name] / total])) as Record<
    Interest,
    number
  >;
};

/** The log of an interest's share against an even one. */
export const interestLean = ({ interests: shares }: Traits, name: Interest): number =>
  Math.log(shares[name] * interests.length);

/** Draws what a person is like at the start. */
export function drawTraits(random: Random): Traits {
  const income = 0.6 * random.normal();
  const diligence = random.normal();
  const debt = 0.75 * random.normal() - 0.6 * income - 0.4 * diligence;
  const age = Math.round(18 + 50 * random.uniform() ** 1.4);
  const household = random.pick(households);
  const cityTier = 1 + random.integer(4);
  const weights = Object.fromEntries(
    interests.map((name) => [name, Math.exp(0.9 * random.normal())]),
  ) as Record<Interest, number>;
  if (household === 'family') weights.family *= 2.5;
  weights.games *= Math.exp((35 - age) / 25);
  weights.travel *= 0.7 + 0.15 * cityTier;
  const isHeavy = random.uniform() < 0.06;
  return {
    age,
    household,
    cityTier,
    quarter: random.integer(1000),
    income,
    payDay: 1 + random.integer(28),
    interests: sharesOf(weights),
    priceSensitivity: logistic(random.normal() - income),
    diligence,
    debt,
    activity: Math.max(-1.8, Math.min(1.9, 0.6 * random.normal() + (isHeavy ? 1 : 0))),
    drift: 0.35 * random.normal(),
    criminalIntent: 0.9 * random.normal() + 0.3 * debt - 0.3 * diligence,
    nightOwl: random.uniform() ** 2,
    weekendLean: random.uniform() - 0.5,
    takeoutLiking: 0.9 * random.normal() + 0.35 * (cityTier - 2.5),
    loyalty: random.normal(),
    greenness: random.normal(),
  };
}

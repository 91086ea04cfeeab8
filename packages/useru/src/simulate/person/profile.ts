import type { Random } from '@q-anchor/core';

import type { Person } from './person.js';

const incomeBands = ['low', 'lower middle', 'middle', 'upper middle', 'high'] as const;
const citySizes = ['village', 'town', 'city', 'large city'] as const;

/** The fifth that a standardised quantity falls in, about: 0 to 4. */
const bandOf = (x: number): number => Math.max(0, Math.min(4, Math.round(2 + x)));

/** The columns of the profile. */
export const profileColumns = [
  'age',
  'city_size',
  'household',
  'income_band',
  'credit_score',
  'account_months',
  'devices',
  'phone_price_band',
  'has_credit_card',
  'card_limit',
  'address_changes',
  'verified_level',
  'newsletter',
  'friends',
  'battery_saver',
] as const;

/**
 * The profile as it is known just before a day: noisy views of the person, in the order of
 * {@link profileColumns}; null is unknown.
 */
export function profileOf(
  person: Person,
  day: number,
  random: Random,
): readonly (number | string | null)[] {
  const known = <T>(value: T): T | null => (random.uniform() < 0.08 ? null : value);
  const { age, cityTier, household, income, diligence, debt, criminalIntent } = person.traitsOn(
    day - 1,
  );
  const noisyIncome = income / 0.6 + 0.5 * random.normal();
  const hasCard = random.uniform() < 0.3 + 0.1 * bandOf(income / 0.6);
  const moves = person.lifeEvents.filter((event) => event.kind === 'move' && event.day < day);
  return [
    age,
    citySizes[cityTier - 1]!,
    household,
    known(incomeBands[bandOf(noisyIncome)]!),
    known(Math.round(650 + 45 * diligence - 40 * debt + 30 * random.normal())),
    Math.round(3 + 80 * random.uniform()),
    1 + random.integer(2) + (criminalIntent + random.normal() > 1.8 ? 1 : 0),
    known(bandOf(noisyIncome + 0.8 * random.normal())),
    Number(hasCard),
    hasCard ? Math.round(10 * Math.exp(1 + 0.4 * income + 0.3 * random.normal())) * 100 : null,
    moves.length,
    1 + random.integer(3),
    random.integer(2),
    Math.round(Math.exp(2.5 + 0.8 * random.normal())),
    random.integer(2),
  ];
}

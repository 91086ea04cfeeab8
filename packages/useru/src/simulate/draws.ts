import type { Random } from '@q-anchor/core';

import type { Person } from './person.js';
import { interestActions, type InterestAction, type SimulatedModality } from './vocabulary.js';

/** How often something of a mean rate happens (Knuth's method: right for small means). */
export const poisson = (mean: number, random: Random): number => {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
};

/** A time of day, as a part of it: around noon or in the evening; in the small hours at night. */
export const timeOfDay = (random: Random, atNight = false): number => {
  if (atNight) return (0.5 + 4 * random.uniform()) / 24;
  const hour = random.uniform() < 0.45 ? 12.5 + 2 * random.normal() : 19 + 2.2 * random.normal();
  return Math.max(0, Math.min(23.99, hour)) / 24;
};

/** Draws actions of a modality by the person's interests. */
export const createPicker = (
  modality: SimulatedModality,
  person: Person,
): ((random: Random) => InterestAction) => {
  const actions = interestActions[modality];
  const weights = actions.map(({ interest }) => 0.02 + person.interests[interest]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (random) => {
    let rest = random.uniform() * total;
    for (const [i, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return actions[i]!;
    }
    return actions.at(-1)!;
  };
};

import type { Random } from '@q-anchor/core';

/** The logistic function. */
export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** A number in `[low, high)`. */
export const between = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.uniform();

/** How often something of a mean rate happens (Knuth's method: right for small means). */
export const poisson = (mean: number, random: Random): number => {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
};

/** The index of one of several weights, drawn in proportion to them. */
export const weightedIndex = (weights: readonly number[], random: Random): number => {
  let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return i;
  }
  return weights.length - 1;
};

/** A part of a day between two hours. */
export const hours = (random: Random, from: number, to: number): number =>
  between(random, from, to) / 24;

/** A time of day as a part of it: around noon, in the evening, or in the small hours of night owls. */
export const timeOfDay = (random: Random, nightOwl: number): number => {
  if (random.uniform() < 0.3 * nightOwl) return hours(random, 0.2, 4.8);
  const hour = random.uniform() < 0.45 ? 12.5 + 2 * random.normal() : 19 + 2.2 * random.normal();
  return Math.max(5, Math.min(23.99, hour)) / 24;
};

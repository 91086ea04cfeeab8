import { createRandom } from '@q-anchor/core';

/** Element types that an op is tried in, and the relative error allowed there. */
export const floatTypes = [
  ['float64', 1e-13],
  ['float32', 1e-6],
] as const;

/** Normally distributed numbers that float32 holds exactly. */
export const drawn = (seed: number, count: number, scale = 1): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => Math.fround(scale * random.normal()));
};

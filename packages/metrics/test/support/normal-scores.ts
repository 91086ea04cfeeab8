import { createRandom } from '@q-anchor/core';

/** The AUC of two normal distributions one deviation apart, `Φ(1 / √2)`. */
export const trueAuc = 0.7602;

/** Users, a quarter of them positive, whose scores are normal and one deviation apart by class. */
export function normalScores(
  seed: number,
  users: number,
): { readonly labels: number[]; readonly scores: number[] } {
  const random = createRandom(seed);
  const labels = Array.from({ length: users }, (_, i) => (i % 4 === 0 ? 1 : 0));
  return { labels, scores: labels.map((label) => random.normal() + label) };
}

import { InputError } from '@q-anchor/core';
import { meanSeparations, type MeanSeparations } from '@q-anchor/metrics';

import type { ScenarioEvaluation } from './evaluate-scenarios.js';

/**
 * Means of AUC and KS over scenarios, every two rows compared on the same test users.
 *
 * @param evaluations - rows with the scores of their test users
 * @param options - seed and number of resamples
 * @returns nothing for a single scenario, or where users are too few to be drawn again
 */
export function meanRows(
  evaluations: readonly ScenarioEvaluation[],
  options: { readonly seed: number; readonly resamples: number },
): MeanSeparations | undefined {
  if (evaluations.length < 2) return undefined;
  const tasks = evaluations.map(({ scenario, rows }) => {
    const test = scenario.labels.filter(({ split }) => split === 'test');
    return {
      users: test.map(({ userId, referenceDays }) => `${userId}\u0000${referenceDays}`),
      labels: test.map(({ label }) => label),
      rows: Object.fromEntries(Object.entries(rows).map(([name, { scores }]) => [name, scores])),
    };
  });
  try {
    return meanSeparations({ tasks, ...options });
  } catch (error) {
    if (InputError.isInstance(error)) return undefined;
    throw error;
  }
}

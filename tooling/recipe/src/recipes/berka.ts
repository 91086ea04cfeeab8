import type { Recipe } from '../recipe.js';

/** Berka's loan default: 30 positives on test, so the intervals are wide. */
export const berka: Recipe = {
  name: 'berka',
  manifest: 'recipes/berka.yaml',
  pairs: { future: 6, uqa: 4, horizons: '30,60', seed: 1 },
  pretrain: { preset: 'nano', seed: 1 },
  tune: { scenarios: ['default'], flags: { seed: 1 } },
  evaluate: { baselines: ['gradientBoostedTrees'] },
};

import type { Recipe } from '../recipe.js';

/**
 * OULAD at day 30. All choices were made on the training presentations: on their validation split and
 * from one presentation to another; docs/LOG.md has what was tried.
 */
export const oulad: Recipe = {
  name: 'oulad',
  manifest: 'recipes/oulad.yaml',
  pairs: { future: 12, uqa: 0, horizons: '30,60,150', seed: 1 },
  pretrain: {
    preset: 'nano',
    seed: 1,
    steps: 1800,
    rate: 0.002,
    'batch-users': 128,
    'future-pairs': 2,
    'uqa-pairs': 0,
    'max-answer-tokens': 40,
    'head-hidden': 512,
    'head-output': 256,
  },
  // Adapters gain on a presentation that was left out, prompts do not.
  tune: {
    scenarios: ['fail', 'inactive', 'distinction'],
    flags: {
      method: 'lora',
      rank: 16,
      targets: 'q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj',
      seed: 1,
    },
  },
  evaluate: { slice: 'module', baselines: ['gradientBoostedTrees'] },
  yardstick: {
    name: 'gradient-boosted trees on hand features and profile (a trial with scikit-learn)',
    auc: { fail: 0.781, inactive: 0.895, distinction: 0.792 },
  },
};

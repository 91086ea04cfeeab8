import { fitBoostedTrees, fitBoostedTreesByFolds, type BoostedTrees } from '@q-anchor/baselines';

import type { RowTask } from './row-task.js';

/**
 * Boosted trees. Like a probe's strength their number is chosen fold by fold where all known users have
 * one, else on the validation users.
 */
export function fittedTrees({ known, seed }: RowTask): BoostedTrees {
  const settings = { seed };
  return 'folds' in known
    ? fitBoostedTreesByFolds({ ...known, settings })
    : fitBoostedTrees({ ...known, settings });
}

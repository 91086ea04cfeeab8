import {
  fitLogisticProbe,
  selectProbeStrength,
  selectProbeStrengthByFolds,
  type LogisticProbe,
} from '@q-anchor/metrics';

import type { RowTask } from './row-task.js';

/**
 * A logistic probe and its strength.
 *
 * With folds the strength is the one of the best mean AUC over folds left out one after the other, and
 * the probe is fitted on all train and validation users; without, the strength is chosen by the AUC on
 * the validation users, and the probe is fitted on the train users. Embeddings that were tuned on users of
 * every fold have seen what a fold left out should not show: they take the strength of others.
 */
export function selectedProbe({ known, foldStrength: C }: RowTask): {
  readonly C: number;
  readonly probe: LogisticProbe;
} {
  if (!('folds' in known)) return selectProbeStrength(known);
  if (C === undefined) return selectProbeStrengthByFolds(known);
  return { C, probe: fitLogisticProbe({ ...known.users, C }) };
}

import { createRandom } from '@q-anchor/core';
import { requireScorable } from '@q-anchor/prompt-tuning';
import type { Dataset, LabelledReference } from '@q-anchor/useru';

/** Labels of the users that a scenario is tuned on. */
export interface TuningLabels {
  readonly train: readonly LabelledReference[];
  readonly validation: readonly LabelledReference[];
}

/**
 * A scenario's labels of the train and validation splits, of each as many as are allowed, drawn at
 * random.
 *
 * @throws {@link @q-anchor/core#InputError} if the validation users can't calibrate a score
 */
export async function tuningLabels(
  dataset: Dataset,
  options: { readonly scenario: string; readonly maxUsers: number; readonly seed: number },
): Promise<TuningLabels> {
  const { scenario, maxUsers, seed } = options;
  const all = await dataset.labels(scenario);
  const drawn = (split: 'train' | 'validation'): readonly LabelledReference[] => {
    const labels = all.filter((one) => one.split === split);
    if (labels.length <= maxUsers) return labels;
    const random = createRandom(seed).fork(`tuning users of ${split}`);
    const kept = new Set(random.shuffled(labels).slice(0, maxUsers));
    return labels.filter((one) => kept.has(one));
  };
  const labels = { train: drawn('train'), validation: drawn('validation') };
  requireScorable(labels.validation.map(({ label }) => label));
  return labels;
}

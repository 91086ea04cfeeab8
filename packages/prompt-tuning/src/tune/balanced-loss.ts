import { prototypeLikelihoods } from '../losses/prototype-likelihoods.js';
import { tableOf } from '../losses/prototype-table.js';
import type { TunedPrompt } from './tune-prompt.js';

/**
 * Prototype loss of users in double precision, the mean over classes of the mean over a class's users:
 * a rare class weighs as much as a frequent one.
 *
 * @param embeddings - `[users, dimensions]`
 * @param options - class of each user, prototypes
 * @returns the loss, in nats
 */
export function balancedLoss(
  embeddings: Float32Array,
  { labels, tuned }: { readonly labels: readonly number[]; readonly tuned: TunedPrompt },
): number {
  const { classes } = tuned;
  const likelihoods = prototypeLikelihoods(embeddings, tableOf(tuned));
  const sums = Array.from({ length: classes }, () => ({ loss: 0, users: 0 }));
  for (const [row, label] of labels.entries()) {
    const sum = sums[label]!;
    sum.loss -= likelihoods[row * classes + label]!;
    sum.users++;
  }
  return sums.reduce((total, { loss, users }) => total + loss / users, 0) / classes;
}

import { createRandom } from '@q-anchor/core';

import type { ClassBalance } from './settings.js';

/** A batch of users. */
export interface ClassBatch {
  /** Their places. */
  readonly indices: readonly number[];
  /** Share of each in the loss; the sum is 1, by `weights` on the average. */
  readonly weights: readonly number[];
}

/**
 * Batches of users by class: a function of the step's number alone. `batch` goes through each class in
 * permutations of its own, so that a rare one comes round more often; the other two go through all users.
 *
 * @param labels - class of each user
 * @param options - number of classes, users a batch, what is done for rare classes, seed
 */
export function classBatches(
  labels: readonly number[],
  options: {
    readonly classes: number;
    readonly batchUsers: number;
    readonly balance: ClassBalance;
    readonly seed: number;
  },
): (step: number) => ClassBatch {
  const { classes, batchUsers, balance, seed } = options;
  const members = Array.from({ length: classes }, (): number[] => []);
  for (const [index, label] of labels.entries()) members[label]!.push(index);
  const random = createRandom(seed).fork('batches');
  const walkOf = (name: string, list: readonly number[]): ((place: number) => number) => {
    let known: { readonly epoch: number; readonly order: readonly number[] } | undefined;
    return (place) => {
      const epoch = Math.floor(place / list.length);
      if (known?.epoch !== epoch) {
        known = { epoch, order: random.fork(name).fork(epoch).shuffled(list) };
      }
      return known.order[place % list.length]!;
    };
  };
  if (balance === 'batch') {
    const walks = members.map((list, c) => walkOf(`class ${c}`, list));
    // The first classes take what does not divide; never less than one of each.
    const sizes = members.map((_, c) =>
      Math.max(1, Math.floor(batchUsers / classes) + (c < batchUsers % classes ? 1 : 0)),
    );
    return (step) => {
      const parts = walks.map((at, c) => walk(at, { step, size: sizes[c]! }));
      return {
        indices: parts.flat(),
        weights: parts.flatMap((part) => part.map(() => 1 / (classes * part.length))),
      };
    };
  }
  const all = walkOf('all', [...labels.keys()]);
  const size = Math.min(batchUsers, labels.length);
  return (step) => {
    const indices = walk(all, { step, size });
    // Against the frequency among all users, not in the batch: one that lacks a class stays usable.
    const raw = indices.map((index) =>
      balance === 'weights' ? labels.length / (classes * members[labels[index]!]!.length) : 1,
    );
    return { indices, weights: raw.map((weight) => weight / size) };
  };
}

interface Stretch {
  readonly step: number;
  readonly size: number;
}

const walk = (at: (place: number) => number, { step, size }: Stretch): number[] =>
  Array.from({ length: size }, (_, i) => at(step * size + i));

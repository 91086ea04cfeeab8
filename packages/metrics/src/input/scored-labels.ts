import { InputError } from '@q-anchor/core';

/** True classes and scores of the same users, in the same order. */
export interface ScoredLabels {
  /** The class of each user: 1 positive, 0 negative. */
  readonly labels: ArrayLike<number>;
  /** The score of each user; a higher one speaks for the positive class. Any finite scale. */
  readonly scores: ArrayLike<number>;
}

/** How many users there are of each class. */
export interface ClassCounts {
  /** Users with label 1. */
  readonly positives: number;
  /** Users with label 0. */
  readonly negatives: number;
}

/** Counts the classes; labels other than 0 and 1 and an empty set are an {@link InputError}. */
export function countClasses(labels: ArrayLike<number>): ClassCounts {
  if (labels.length === 0) {
    throw new InputError({ where: 'labels', expected: 'at least one label', found: 'none' });
  }
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label === 1) positives++;
    else if (label !== 0) {
      throw new InputError({ where: `labels[${i}]`, expected: '0 or 1', found: String(label) });
    }
  }
  return { positives, negatives: labels.length - positives };
}

/** Counts the classes and insists that both are there. */
export function countBothClasses(labels: ArrayLike<number>): ClassCounts {
  const counts = countClasses(labels);
  if (counts.positives === 0 || counts.negatives === 0) {
    throw new InputError({
      where: 'labels',
      expected: 'both classes',
      found: `${counts.positives} positives and ${counts.negatives} negatives`,
      fix: 'Take a set of users in which both outcomes occur',
    });
  }
  return counts;
}

/** Insists that `values` has one finite number for each user. */
export function requireFiniteScores(
  values: ArrayLike<number>,
  { where, users }: { readonly where: string; readonly users: number },
): void {
  if (values.length !== users) {
    throw new InputError({
      where,
      expected: `one number per user, ${users} in all`,
      found: `${values.length}`,
    });
  }
  for (let i = 0; i < users; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InputError({
        where: `${where}[${i}]`,
        expected: 'a finite number',
        found: String(values[i]),
      });
    }
  }
}

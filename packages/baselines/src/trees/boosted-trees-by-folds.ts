import { InputError } from '@q-anchor/core';
import type { LabelledFeatures } from '@q-anchor/metrics';

import { checkLabelled, fitBoostedTrees, type BoostedTreesFit } from './boosted-trees.js';
import { grownWhileBetter, type HeldPart } from './grown-while-better.js';
import { checkBoostedTrees, defaultBoostedTrees, type BoostedTreesSettings } from './settings.js';

/** What {@link fitBoostedTreesByFolds} is given. */
export interface BoostedTreesByFoldsOptions {
  /** Users whose labels may be known; never those of the test. */
  readonly users: LabelledFeatures;
  /** For each the fold it is left out with: a period, a site, whatever the test will differ in. */
  readonly folds: readonly string[];
  /** What differs from {@link defaultBoostedTrees}. */
  readonly settings?: Partial<BoostedTreesSettings>;
  /** Stops growing. */
  readonly signal?: AbortSignal;
}

/**
 * Chooses the number of trees by leaving out one fold after the other, then grows so many on everybody.
 * All folds are grown side by side; the number is the one with the best mean over them. Folds of one
 * class are only grown on.
 *
 * @throws {@link InputError} if `folds` and `users` differ in length, or fewer than two folds can be
 * scored, and as {@link fitBoostedTrees}
 */
export function fitBoostedTreesByFolds(options: BoostedTreesByFoldsOptions): BoostedTreesFit {
  const { users, folds, signal } = options;
  const settings = { ...defaultBoostedTrees, ...options.settings };
  checkBoostedTrees(settings);
  checkLabelled(users, 'users');
  const parts = partsOf(users, folds);
  const { best, values } = grownWhileBetter(parts, { settings, signal });
  const fit = fitBoostedTrees({
    train: users,
    settings: { ...settings, trees: best },
    ...(signal && { signal }),
  });
  return { ...fit, settings, validation: values };
}

function partsOf(users: LabelledFeatures, folds: readonly string[]): readonly HeldPart[] {
  if (folds.length !== users.rows) {
    throw new InputError({
      where: 'folds',
      expected: `one for each of ${users.rows} users`,
      found: `${folds.length}`,
    });
  }
  const names = [...new Set(folds)].toSorted();
  const parts = names
    .map((name) => ({
      train: rowsWhere(users, (row) => folds[row] !== name),
      held: rowsWhere(users, (row) => folds[row] === name),
    }))
    .filter(({ train, held }) => hasBothClasses(train) && hasBothClasses(held));
  if (parts.length >= 2) return parts;
  throw new InputError({
    where: 'folds',
    expected: 'at least two folds with both classes',
    found: `${parts.length} of ${names.length}`,
  });
}

const hasBothClasses = ({ labels }: LabelledFeatures): boolean =>
  new Set(Array.from(labels)).size === 2;

function rowsWhere(users: LabelledFeatures, isIn: (row: number) => boolean): LabelledFeatures {
  const { columns } = users;
  const chosen = [...Array(users.rows).keys()].filter(isIn);
  const features = new Float64Array(chosen.length * columns);
  for (const [i, row] of chosen.entries()) {
    for (let column = 0; column < columns; column++) {
      features[i * columns + column] = users.features[row * columns + column]!;
    }
  }
  return {
    features,
    rows: chosen.length,
    columns,
    labels: chosen.map((row) => users.labels[row]!),
  };
}

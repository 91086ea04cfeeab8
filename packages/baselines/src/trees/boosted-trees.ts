import { InputError, ShapeError } from '@q-anchor/core';
import type { FeatureMatrix, LabelledFeatures } from '@q-anchor/metrics';

import { createBooster } from './booster.js';
import { grownWhileBetter } from './grown-while-better.js';
import { checkBoostedTrees, defaultBoostedTrees, type BoostedTreesSettings } from './settings.js';
import { addTreeValues, type Tree } from './tree.js';

/** A fitted ensemble: `score = baseScore + sum_t value of the leaf of tree t that the row ends in`. */
export interface BoostedTrees {
  /** Score before the first tree: log-odds of the training labels. */
  readonly baseScore: number;
  /** The trees that are kept. */
  readonly trees: readonly Tree[];
  /** Columns of the matrices it reads. */
  readonly columns: number;
  /** The settings in full. */
  readonly settings: BoostedTreesSettings;
}

/** Trees, and what decided how many. */
export interface BoostedTreesFit extends BoostedTrees {
  /** Log loss or AUC on the validation rows after each tree grown; none without such rows. */
  readonly validation: readonly number[];
}

/** What {@link fitBoostedTrees} is given. */
export interface FitBoostedTreesOptions {
  /** Rows to grow on. Values that are not finite count as missing. */
  readonly train: LabelledFeatures;
  /** Rows that decide how many trees are kept; without them all are. */
  readonly validation?: LabelledFeatures;
  /** What differs from {@link defaultBoostedTrees}. */
  readonly settings?: Partial<BoostedTreesSettings>;
  /** Stops growing. */
  readonly signal?: AbortSignal;
}

/**
 * Fits gradient-boosted trees for the log-odds of class 1: histograms of at most 255 bins, second-order
 * gains with L2 penalty, best leaf first, missing values to the better side, rows and columns drawn for
 * each tree.
 *
 * Sources: Friedman 2001; Chen and Guestrin 2016 (XGBoost); Ke et al. 2017 (LightGBM: histograms, growth
 * by leaf).
 *
 * @throws {@link InputError} if a setting is out of range, or there are not both classes
 * @throws {@link ShapeError} if lengths differ
 * @throws the signal's reason if it is aborted
 * @example
 * ```ts
 * const trees = fitBoostedTrees({ train, validation });
 * const logOdds = boostedTreesScores(trees, test);
 * ```
 */
export function fitBoostedTrees(options: FitBoostedTreesOptions): BoostedTreesFit {
  const { train, validation, signal } = options;
  const settings = { ...defaultBoostedTrees, ...options.settings };
  checkBoostedTrees(settings);
  checkLabelled(train, 'training rows');
  if (validation) {
    checkLabelled(validation, 'validation rows');
    if (validation.columns !== train.columns) {
      throw new ShapeError('validation rows', ['rows', train.columns], [validation.columns]);
    }
    const { boosters, best, values } = grownWhileBetter([{ train, held: validation }], {
      settings,
      signal,
    });
    const { baseScore, trees } = boosters[0]!;
    const kept = trees.slice(0, best);
    return { baseScore, trees: kept, columns: train.columns, settings, validation: values };
  }
  const booster = createBooster(train, settings);
  for (let tree = 0; tree < settings.trees; tree++) {
    signal?.throwIfAborted();
    booster.grow();
  }
  const { baseScore, trees } = booster;
  return { baseScore, trees, columns: train.columns, settings, validation: [] };
}

/**
 * Log-odds of class 1.
 *
 * @returns `[rows]`
 * @throws {@link ShapeError} if the matrix has another number of columns
 */
export function boostedTreesScores(fitted: BoostedTrees, matrix: FeatureMatrix): Float64Array {
  const { rows, columns, features } = matrix;
  if (columns !== fitted.columns || features.length !== rows * columns) {
    throw new ShapeError(
      'boosted trees',
      [rows, fitted.columns],
      [features.length / columns, columns],
    );
  }
  const scores = new Float64Array(rows).fill(fitted.baseScore);
  for (const tree of fitted.trees) addTreeValues(scores, { tree, matrix });
  return scores;
}

/** Insists on lengths that match and on both classes. */
export function checkLabelled(
  { features, rows, columns, labels }: LabelledFeatures,
  where: string,
): void {
  if (features.length !== rows * columns || columns < 1) {
    throw new ShapeError(where, [rows, columns], [features.length]);
  }
  if (labels.length !== rows) throw new ShapeError(`labels of ${where}`, [rows], [labels.length]);
  const counts = [0, 0];
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    if (label !== 0 && label !== 1) {
      throw new InputError({
        where: `label ${row} of ${where}`,
        expected: '0 or 1',
        found: `${label}`,
      });
    }
    counts[label]!++;
  }
  if (counts[0]! > 0 && counts[1]! > 0) return;
  throw new InputError({
    where,
    expected: 'both classes',
    found: `${counts[1]} positives among ${rows}`,
    fix: 'Take a set of users in which both outcomes occur',
  });
}

import { createRandom, type Random } from '@q-anchor/core';
import { sigmoid, type LabelledFeatures } from '@q-anchor/metrics';

import { binEdges, binned, type BinnedMatrix } from './bins.js';
import { growTree } from './grow-tree.js';
import { createHistograms } from './histogram.js';
import type { BoostedTreesSettings } from './settings.js';
import { addBinnedTreeValues, addTreeValues, type Tree } from './tree.js';

/** Boosting in progress. */
export interface Booster {
  /** Log-odds of the training rows' labels: every row's score before the first tree. */
  readonly baseScore: number;
  /** The trees so far. */
  readonly trees: readonly Tree[];
  /** Grows the next tree. */
  grow(): void;
}

/**
 * Starts boosting for the logistic loss. With `p = sigmoid(score)` a row's first derivative is `p - y`,
 * its second `p (1 - p)`; each tree is fitted to them and added to the scores (Friedman 2001; second
 * order as in Chen and Guestrin 2016).
 *
 * @param train - rows to grow on, of both classes
 * @param settings - checked ones
 */
export function createBooster(train: LabelledFeatures, settings: BoostedTreesSettings): Booster {
  const { rows, columns, labels } = train;
  const edges = binEdges(train, settings);
  const matrix = binned(train, edges);
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const baseScore = Math.log(positives / (rows - positives));
  const scores = new Float64Array(rows).fill(baseScore);
  const derivatives = { first: new Float64Array(rows), second: new Float64Array(rows) };
  const histograms = createHistograms(matrix, derivatives);
  const trees: Tree[] = [];
  return {
    baseScore,
    trees,
    grow() {
      for (let row = 0; row < rows; row++) {
        const p = sigmoid(scores[row]!);
        derivatives.first[row] = p - labels[row]!;
        derivatives.second[row] = p * (1 - p);
      }
      const random = createRandom(settings.seed).fork('trees').fork(trees.length);
      const order = drawnRows(rows, settings.rowShare, random.fork('rows'));
      const { tree, leaves } = growTree(matrix, {
        edges,
        histograms,
        columns: drawnColumns(columns, settings.columnShare, random.fork('columns')),
        settings,
        order,
      });
      trees.push(tree);
      for (const { node, start, end } of leaves) {
        const value = tree.value[node]!;
        for (let i = start; i < end; i++) scores[order[i]!]! += value;
      }
      if (order.length < rows) addToOthers(scores, { tree, matrix, order });
    },
  };
}

/** Adds a tree to the scores of the rows it was not grown on. */
function addToOthers(
  scores: Float64Array,
  {
    tree,
    matrix,
    order,
  }: { readonly tree: Tree; readonly matrix: BinnedMatrix; readonly order: Uint32Array },
): void {
  const isChosen = new Uint8Array(matrix.rows).fill(1);
  for (const row of order) isChosen[row] = 0;
  addBinnedTreeValues(scores, { tree, matrix, isChosen });
}

/** So many rows without repetition, in order. */
function drawnRows(rows: number, share: number, random: Random): Uint32Array {
  const drawn = new Uint32Array(Math.max(1, Math.round(rows * share)));
  let count = 0;
  for (let row = 0; row < rows && count < drawn.length; row++) {
    const left = drawn.length - count;
    if (left === rows - row || random.uniform() * (rows - row) < left) drawn[count++] = row;
  }
  return drawn;
}

/** So many columns without repetition, in order. */
function drawnColumns(columns: number, share: number, random: Random): readonly number[] {
  const all = [...Array(columns).keys()];
  const count = Math.max(1, Math.round(columns * share));
  if (count === columns) return all;
  return random
    .shuffled(all)
    .slice(0, count)
    .toSorted((a, b) => a - b);
}

/** Scores of other rows while boosting goes on. */
export interface HeldScores {
  readonly labels: ArrayLike<number>;
  /** Their scores by the trees so far. */
  current(): Float64Array;
}

/** Follows a booster on rows it does not grow on. */
export function heldScores(booster: Booster, held: LabelledFeatures): HeldScores {
  const scores = new Float64Array(held.rows).fill(booster.baseScore);
  let added = 0;
  return {
    labels: held.labels,
    current() {
      for (; added < booster.trees.length; added++) {
        addTreeValues(scores, { tree: booster.trees[added]!, matrix: held });
      }
      return scores;
    },
  };
}

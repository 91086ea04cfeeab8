import type { FeatureMatrix } from '@q-anchor/metrics';

import { missingBin, type BinnedMatrix } from './bins.js';

/** A regression tree, node by node, the root first. */
export interface Tree {
  /** Column that a node splits; -1 at leaves. */
  readonly column: Int32Array;
  /** Values up to this go left. */
  readonly threshold: Float64Array;
  /** The same as the number of a bin. */
  readonly bin: Uint8Array;
  /** 1 where missing values go left. */
  readonly isMissingLeft: Uint8Array;
  /** Left child; the right one is the next node. */
  readonly left: Int32Array;
  /** What a leaf adds to a row's score. */
  readonly value: Float64Array;
}

/** Adds a tree's value to the score of each row. */
export function addTreeValues(
  scores: Float64Array,
  { tree, matrix }: { readonly tree: Tree; readonly matrix: FeatureMatrix },
): void {
  const { column, threshold, isMissingLeft, left, value } = tree;
  const { features, rows, columns } = matrix;
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (column[node]! >= 0) {
      const x = features[row * columns + column[node]!]!;
      const isLeft = Number.isFinite(x) ? x <= threshold[node]! : isMissingLeft[node] === 1;
      node = left[node]! + (isLeft ? 0 : 1);
    }
    scores[row]! += value[node]!;
  }
}

/** The same for rows in bins; of all rows, or of those that `isChosen` marks with 1. */
export function addBinnedTreeValues(
  scores: Float64Array,
  {
    tree,
    matrix,
    isChosen,
  }: { readonly tree: Tree; readonly matrix: BinnedMatrix; readonly isChosen?: Uint8Array },
): void {
  const { column, bin, isMissingLeft, left, value } = tree;
  for (let row = 0; row < matrix.rows; row++) {
    if (isChosen && isChosen[row] === 0) continue;
    let node = 0;
    while (column[node]! >= 0) {
      const x = matrix.columns[column[node]!]![row]!;
      const isLeft = x === missingBin ? isMissingLeft[node] === 1 : x <= bin[node]!;
      node = left[node]! + (isLeft ? 0 : 1);
    }
    scores[row]! += value[node]!;
  }
}

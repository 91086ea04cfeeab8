import { InputError } from '@q-anchor/core';

/** How boosted trees are grown. */
export interface BoostedTreesSettings {
  /** Trees at most. */
  readonly trees: number;
  /** Shrinkage: what a tree's leaves are multiplied by, in (0, 1]. */
  readonly rate: number;
  /** Leaves of a tree at most; the leaf whose split gains most is split next. */
  readonly maxLeaves: number;
  /** Splits between root and leaf at most. */
  readonly maxDepth: number;
  /** Rows of a leaf at least. */
  readonly minLeafRows: number;
  /** Sum of second derivatives of a leaf at least. */
  readonly minLeafHessian: number;
  /** L2 penalty of a leaf's value: lambda. */
  readonly l2: number;
  /** Gain of a split that is worth making: more than this. */
  readonly minGain: number;
  /** Bins of a column's known values at most, 2 to 255; missing ones have a bin of their own. */
  readonly maxBins: number;
  /** Share of the rows that a tree is grown on, drawn anew for each, in (0, 1]. */
  readonly rowShare: number;
  /** Share of the columns that a tree may split, drawn anew for each, in (0, 1]. */
  readonly columnShare: number;
  /** What decides about the number of trees, where there are rows to decide on. */
  readonly stopBy: 'logLoss' | 'auc';
  /** Trees without a better value before growing stops. */
  readonly patience: number;
  /** Seed of the draws. */
  readonly seed: number;
}

/** Trees of 31 leaves, rate 0.05, 80 % of rows and columns, at most 1,000 and as many as help. */
export const defaultBoostedTrees: BoostedTreesSettings = {
  trees: 1000,
  rate: 0.05,
  maxLeaves: 31,
  maxDepth: 12,
  minLeafRows: 20,
  minLeafHessian: 1e-3,
  l2: 1,
  minGain: 0,
  maxBins: 255,
  rowShare: 0.8,
  columnShare: 0.8,
  stopBy: 'logLoss',
  patience: 50,
  seed: 1,
};

interface Bound {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

const count = (least: number, most = Number.MAX_SAFE_INTEGER): Bound => ({
  expected:
    most === Number.MAX_SAFE_INTEGER
      ? `an integer of ${least} or more`
      : `an integer from ${least} to ${most}`,
  holds: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
});
const share: Bound = {
  expected: 'a number above 0, at most 1',
  holds: (value) => value > 0 && value <= 1,
};
const notNegative: Bound = {
  expected: 'a finite number of 0 or more',
  holds: (value) => value >= 0 && Number.isFinite(value),
};

const bounds: Readonly<Record<Exclude<keyof BoostedTreesSettings, 'stopBy'>, Bound>> = {
  trees: count(1),
  rate: share,
  maxLeaves: count(2),
  maxDepth: count(1),
  minLeafRows: count(1),
  minLeafHessian: notNegative,
  l2: notNegative,
  minGain: notNegative,
  maxBins: count(2, 255),
  rowShare: share,
  columnShare: share,
  patience: count(1),
  seed: count(0),
};

/**
 * Checks settings.
 *
 * @throws {@link @q-anchor/core#InputError} naming the first that is out of range
 */
export function checkBoostedTrees(settings: BoostedTreesSettings): void {
  for (const [key, { expected, holds }] of Object.entries(bounds)) {
    const value = settings[key as keyof typeof bounds];
    if (holds(value)) continue;
    throw new InputError({ where: `boosted trees, ${key}`, expected, found: `${value}` });
  }
}

import { logLoss, rocAuc, sigmoid, type LabelledFeatures } from '@q-anchor/metrics';

import { createBooster, heldScores, type Booster } from './booster.js';
import type { BoostedTreesSettings } from './settings.js';

/** Rows to grow on and rows to look at. */
export interface HeldPart {
  readonly train: LabelledFeatures;
  readonly held: LabelledFeatures;
}

/** How far boosting went. */
export interface GrownBoosters {
  readonly boosters: readonly Booster[];
  /** Number of trees that was best. */
  readonly best: number;
  /** Mean over the parts of log loss or AUC on the held rows, after each tree. */
  readonly values: readonly number[];
}

/**
 * Grows trees on several parts side by side until the mean of what is looked at on the held rows has
 * not become better for `patience` trees.
 */
export function grownWhileBetter(
  parts: readonly HeldPart[],
  options: { readonly settings: BoostedTreesSettings; readonly signal?: AbortSignal | undefined },
): GrownBoosters {
  const { settings, signal } = options;
  const followed = parts.map(({ train, held }) => {
    const booster = createBooster(train, settings);
    return { booster, held: heldScores(booster, held) };
  });
  const values: number[] = [];
  let best = 0;
  let bestValue = -Infinity;
  while (values.length < settings.trees && values.length - best < settings.patience) {
    signal?.throwIfAborted();
    let sum = 0;
    for (const { booster, held } of followed) {
      booster.grow();
      sum += lookedAt(held.labels, { scores: held.current(), stopBy: settings.stopBy });
    }
    const mean = sum / parts.length;
    values.push(mean);
    const value = settings.stopBy === 'auc' ? mean : -mean;
    if (value <= bestValue) continue;
    bestValue = value;
    best = values.length;
  }
  return { boosters: followed.map(({ booster }) => booster), best, values };
}

const lookedAt = (
  labels: ArrayLike<number>,
  {
    scores,
    stopBy,
  }: { readonly scores: Float64Array; readonly stopBy: BoostedTreesSettings['stopBy'] },
): number =>
  stopBy === 'auc'
    ? rocAuc({ labels, scores })
    : logLoss({ labels, probabilities: scores.map((score) => sigmoid(score)) });

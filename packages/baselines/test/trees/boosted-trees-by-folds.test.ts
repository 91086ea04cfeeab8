import { InputError } from '@q-anchor/core';
import { boostedTreesScores, fitBoostedTrees, fitBoostedTreesByFolds } from '@q-anchor/baselines';
import { describe, expect, it } from 'vitest';

import { madeRows, rowsAt } from './support.js';

const users = madeRows(8, { rows: 600 });
const folds = Array.from({ length: 600 }, (_, row) => `period ${row % 3}`);
const settings = { trees: 200, rate: 0.3, patience: 10, minLeafRows: 5 };

describe('fitBoostedTreesByFolds', () => {
  it('grows on everybody as many trees as are best on the mean of the folds left out', () => {
    const fitted = fitBoostedTreesByFolds({ users, folds, settings });
    const count = fitted.trees.length;
    // Slow version: each fold by itself, without stopping early.
    const curves = [0, 1, 2].map((fold) => {
      const rows = [...folds.keys()];
      return fitBoostedTrees({
        train: rowsAt(
          users,
          rows.filter((row) => row % 3 !== fold),
        ),
        validation: rowsAt(
          users,
          rows.filter((row) => row % 3 === fold),
        ),
        settings: { ...settings, trees: count + 10, patience: 1000 },
      }).validation;
    });
    const means = curves[0]!.map((_, i) => (curves[0]![i]! + curves[1]![i]! + curves[2]![i]!) / 3);
    expect(1 + means.indexOf(Math.min(...means))).toBe(count);
    for (const [i, mean] of means.entries()) expect(fitted.validation[i]).toBeCloseTo(mean, 12);
    const all = fitBoostedTrees({ train: users, settings: { ...settings, trees: count } });
    expect(boostedTreesScores(fitted, users)).toEqual(boostedTreesScores(all, users));
  });

  it('refuses folds that are too few or not one for each user', () => {
    const one = folds.map(() => 'all');
    expect(() => fitBoostedTreesByFolds({ users, folds: one })).toThrow(InputError);
    expect(() => fitBoostedTreesByFolds({ users, folds: ['a', 'b'] })).toThrow(InputError);
  });
});

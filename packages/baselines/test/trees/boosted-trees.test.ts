import { InputError, ShapeError } from '@q-anchor/core';
import { boostedTreesScores, fitBoostedTrees } from '@q-anchor/baselines';
import { logLoss, rocAuc, sigmoid } from '@q-anchor/metrics';
import { describe, expect, it } from 'vitest';

import { exactScores } from './exact-boosting.js';
import { madeRows, rowsAt } from './support.js';

const whole = { rowShare: 1, columnShare: 1 } as const;

describe('fitBoostedTrees', () => {
  it('splits and weighs as worked by hand', () => {
    // Base log-odds 0, so first derivatives are -1/2 and 1/2, second ones 1/4. The best split is after
    // the second row: G = -1, H = 1/2 on one side, G = 1, H = 1/2 on the other.
    const train = { features: [1, 2, 3, 4], rows: 4, columns: 1, labels: [1, 1, 0, 0] };
    const settings = { ...whole, trees: 1, rate: 0.5, l2: 1, minLeafRows: 1, maxLeaves: 2 };
    const fitted = fitBoostedTrees({ train, settings });
    expect(fitted.trees[0]).toMatchObject({
      column: Int32Array.of(0, -1, -1),
      threshold: Float64Array.of(2.5, 0, 0),
    });
    // -rate G / (H + l2) = 0.5 / 1.5
    const scores = boostedTreesScores(fitted, train);
    for (const [row, expected] of [1 / 3, 1 / 3, -1 / 3, -1 / 3].entries()) {
      expect(scores[row]).toBeCloseTo(expected, 12);
    }
  });

  it.each([
    { missing: 0, l2: 1, maxDepth: 12, maxLeaves: 6 },
    { missing: 0.3, l2: 1, maxDepth: 12, maxLeaves: 6 },
    { missing: 0.3, l2: 0, maxDepth: 2, maxLeaves: 31 },
    { missing: 0.05, l2: 10, maxDepth: 12, maxLeaves: 31 },
  ])('equals boosting by trying every split: $missing missing, l2 $l2', (options) => {
    const { missing, ...shape } = options;
    const train = madeRows(5, { rows: 120, missing });
    const settings = { ...shape, trees: 4, rate: 0.3, minLeafRows: 5 };
    const fitted = fitBoostedTrees({
      train,
      settings: { ...whole, ...settings, minLeafHessian: 0 },
    });
    const expected = exactScores(train, settings);
    const scores = boostedTreesScores(fitted, train);
    for (const [row, score] of scores.entries()) expect(score).toBeCloseTo(expected[row]!, 9);
  });

  it('loses little by bins where there are more values than bins', () => {
    const all = madeRows(2, { rows: 4000, missing: 0.1 });
    const aucOf = (maxBins: number): number => {
      const fitted = fitBoostedTrees({ train: all, settings: { trees: 40, rate: 0.1, maxBins } });
      const held = madeRows(3, { rows: 4000, missing: 0.1 });
      return rocAuc({ labels: held.labels, scores: boostedTreesScores(fitted, held) });
    };
    const [few, many] = [aucOf(32), aucOf(255)];
    expect(many).toBeGreaterThan(0.82);
    expect(Math.abs(few - many)).toBeLessThan(0.01);
  });

  it('is the same whatever order-preserving change the columns go through', () => {
    const train = madeRows(4, { rows: 250, missing: 0.1 });
    const settings = { trees: 10, minLeafRows: 5 };
    const cubed = { ...train, features: Float64Array.from(train.features, (x) => x ** 3 + x) };
    const scores = boostedTreesScores(fitBoostedTrees({ train, settings }), train);
    const changed = boostedTreesScores(fitBoostedTrees({ train: cubed, settings }), cubed);
    expect(changed).toEqual(scores);
  });

  it('draws by the seed alone', () => {
    const train = madeRows(4, { rows: 500 });
    const scoresOf = (seed: number): Float64Array =>
      boostedTreesScores(fitBoostedTrees({ train, settings: { trees: 5, seed } }), train);
    expect(scoresOf(1)).toEqual(scoresOf(1));
    expect(scoresOf(2)).not.toEqual(scoresOf(1));
  });

  it.each(['logLoss', 'auc'] as const)('keeps as many trees as are best by %s', (stopBy) => {
    const train = madeRows(6, { rows: 400 });
    const validation = madeRows(7, { rows: 400 });
    const settings = { trees: 300, rate: 0.3, patience: 15, minLeafRows: 5, stopBy };
    const fitted = fitBoostedTrees({ train, validation, settings });
    const { trees, validation: values } = fitted;
    const best = stopBy === 'auc' ? Math.max(...values) : Math.min(...values);
    expect(trees).toHaveLength(1 + values.indexOf(best));
    expect(values).toHaveLength(trees.length + 15);
    const scores = boostedTreesScores(fitted, validation);
    const { labels } = validation;
    const value =
      stopBy === 'auc'
        ? rocAuc({ labels, scores })
        : logLoss({ labels, probabilities: scores.map((score) => sigmoid(score)) });
    expect(value).toBeCloseTo(best, 12);
  });

  it('sends a value missing only later to the side with more rows', () => {
    const train = {
      features: [1, 2, 3, 4, 5, 6],
      rows: 6,
      columns: 1,
      labels: [1, 1, 0, 0, 0, 0],
    };
    const settings = { ...whole, trees: 1, minLeafRows: 1, maxLeaves: 2 };
    const fitted = fitBoostedTrees({ train, settings });
    const [few, many, missing] = boostedTreesScores(fitted, {
      features: [0, 9, Number.NaN],
      rows: 3,
      columns: 1,
    });
    expect(missing).toBe(many);
    expect(missing).not.toBe(few);
  });

  it('knows a column by its missing values alone', () => {
    const features = Array.from({ length: 60 }, (_, row) => (row % 2 === 0 ? Infinity : 1));
    const labels = features.map((x) => (x === 1 ? 1 : 0));
    const train = { features, rows: 60, columns: 1, labels };
    const fitted = fitBoostedTrees({ train, settings: { trees: 1 } });
    expect(rocAuc({ labels, scores: boostedTreesScores(fitted, train) })).toBe(1);
  });

  it('says no more than the base rate where nothing can be split', () => {
    const train = { features: [1, 1, 1, 1], rows: 4, columns: 1, labels: [1, 0, 0, 0] };
    const fitted = fitBoostedTrees({ train, settings: { trees: 3, minLeafRows: 1 } });
    for (const score of boostedTreesScores(fitted, train)) {
      expect(score).toBeLessThan(0);
      expect(sigmoid(score)).toBeCloseTo(0.25, 1);
    }
  });

  it('refuses what it cannot grow on', () => {
    const train = madeRows(1, { rows: 40 });
    const settings = { trees: 1 };
    expect(() => fitBoostedTrees({ train, settings: { rate: 0 } })).toThrow(InputError);
    expect(() => fitBoostedTrees({ train, settings: { maxBins: 256 } })).toThrow(InputError);
    expect(() => fitBoostedTrees({ train: { ...train, rows: 39 }, settings })).toThrow(ShapeError);
    const ones = { ...train, labels: Array.from({ length: 40 }, () => 1) };
    expect(() => fitBoostedTrees({ train: ones, settings })).toThrow(/both classes/);
    const twos = { ...train, labels: Array.from({ length: 40 }, () => 2) };
    expect(() => fitBoostedTrees({ train: twos, settings })).toThrow(/0 or 1/);
    const fitted = fitBoostedTrees({ train, settings });
    const narrow = { features: [1], rows: 1, columns: 1 };
    expect(() => boostedTreesScores(fitted, narrow)).toThrow(ShapeError);
    const validation = rowsAt(train, [...Array(40).keys()]);
    expect(() =>
      fitBoostedTrees({ train, validation, settings, signal: AbortSignal.abort() }),
    ).toThrow(/abort/i);
  });
});

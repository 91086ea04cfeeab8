import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { bootstrapIntervals, evaluateScores, ks, rocAuc } from '@q-anchor/metrics';

import { shareHeld } from '../support/intervals.js';
import { normalScores, trueAuc } from '../support/normal-scores.js';

describe('bootstrapIntervals', () => {
  test('agrees with resampling users one by one', () => {
    const sample = normalScores(1, 120);
    const random = createRandom(99);
    const byClass = [0, 1].map((label) =>
      sample.scores.filter((_, i) => sample.labels[i] === label),
    );
    const aucs: number[] = [];
    const distances: number[] = [];
    for (let b = 0; b < 3000; b++) {
      const drawn = byClass.map((scores) => scores.map(() => random.pick(scores)));
      const scores = drawn.flat();
      const labels = drawn.flatMap((part, label) => part.map(() => label));
      aucs.push(rocAuc({ labels, scores }));
      distances.push(ks({ labels, scores }));
    }
    const ends = (values: number[]): number[] => {
      const sorted = values.toSorted((a, b) => a - b);
      return [sorted[75]!, sorted[2924]!];
    };
    const intervals = bootstrapIntervals({ ...sample, seed: 5, resamples: 3000 });
    for (const [i, end] of ends(aucs).entries()) expect(intervals.auc[i]).toBeCloseTo(end, 1.7);
    for (const [i, end] of ends(distances).entries()) expect(intervals.ks[i]).toBeCloseTo(end, 1.5);
  });

  test('a 95 % interval of the AUC holds the truth about that often', () => {
    const held = shareHeld(trueAuc, {
      trials: 200,
      interval: (seed) =>
        bootstrapIntervals({ ...normalScores(seed, 200), seed, resamples: 200 }).auc,
    });
    expect(held).toBeGreaterThan(0.88);
    expect(held).toBeLessThan(0.99);
  });

  test('the seed decides, the order of users does not', () => {
    const { labels, scores } = normalScores(2, 400);
    const first = bootstrapIntervals({ labels, scores, seed: 3 });
    expect(bootstrapIntervals({ labels, scores, seed: 3 })).toEqual(first);
    expect(bootstrapIntervals({ labels, scores, seed: 4 })).not.toEqual(first);
    const turned = { labels: labels.toReversed(), scores: scores.toReversed() };
    expect(bootstrapIntervals({ ...turned, seed: 3 })).toEqual(first);
  });

  test('a higher level is wider, more users are narrower', () => {
    const width = (options: Parameters<typeof bootstrapIntervals>[0]): number => {
      const [low, high] = bootstrapIntervals(options).auc;
      return high - low;
    };
    const sample = normalScores(3, 400);
    expect(width({ ...sample, seed: 1, level: 0.99 })).toBeGreaterThan(
      width({ ...sample, seed: 1, level: 0.8 }),
    );
    expect(width({ ...normalScores(3, 4000), seed: 1 })).toBeLessThan(
      width({ ...sample, seed: 1 }) / 2,
    );
  });

  test('one positive among many never drops out', () => {
    const labels = [1, ...Array.from({ length: 50 }, () => 0)];
    const scores = labels.map((_, i) => i % 17);
    const { auc } = bootstrapIntervals({ labels, scores, seed: 1 });
    expect(auc.every(Number.isFinite)).toBe(true);
  });

  test('classes that do not overlap leave no doubt', () => {
    const intervals = bootstrapIntervals({ labels: [0, 0, 1, 1], scores: [1, 2, 3, 4], seed: 1 });
    expect(intervals).toEqual({ auc: [1, 1], ks: [1, 1] });
  });

  test.each([
    [{ resamples: 1 }, 'resamples'],
    [{ resamples: 10.5 }, 'resamples'],
    [{ level: 0 }, 'level'],
    [{ level: 1 }, 'level'],
    [{ level: Number.NaN }, 'level'],
    [{ seed: -1 }, 'seed'],
  ])('%o is refused', (option, where) => {
    const fit = () => bootstrapIntervals({ ...normalScores(1, 400), seed: 1, ...option });
    expect(fit).toThrow(InputError);
    expect(fit).toThrow(where);
  });
});

test('evaluateScores puts estimates, intervals and counts together', () => {
  const sample = normalScores(7, 400);
  const evaluation = evaluateScores({ ...sample, seed: 1, resamples: 200 });
  const intervals = bootstrapIntervals({ ...sample, seed: 1, resamples: 200 });
  expect(evaluation).toEqual({
    auc: rocAuc(sample),
    ks: ks(sample),
    aucInterval: intervals.auc,
    ksInterval: intervals.ks,
    users: 400,
    positives: 100,
  });
  expect(evaluation.aucInterval[0]).toBeLessThan(evaluation.auc);
  expect(evaluation.aucInterval[1]).toBeGreaterThan(evaluation.auc);
});

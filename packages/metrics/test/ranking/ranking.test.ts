import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { averagePrecision, ks, rocAuc, rocCurve } from '@q-anchor/metrics';

interface Sample {
  readonly labels: number[];
  readonly scores: number[];
}

/** Few distinct scores, so that ties are everywhere. */
const tiedSample = (seed: number): Sample => {
  const random = createRandom(seed);
  const users = 2 + random.integer(60);
  const labels = Array.from({ length: users }, () => random.integer(2));
  labels[0] = 0;
  labels[1] = 1;
  return { labels, scores: labels.map((label) => random.integer(7) + label) };
};

const samples = Array.from({ length: 40 }, (_, seed) => tiedSample(seed));

const of = ({ labels, scores }: Sample, label: number): number[] =>
  scores.filter((_, i) => labels[i] === label);

describe('rocAuc', () => {
  test('counts the pairs that are in order, ties by half', () => {
    for (const sample of samples) {
      let wins = 0;
      for (const p of of(sample, 1)) {
        for (const n of of(sample, 0)) wins += p > n ? 1 : p === n ? 0.5 : 0;
      }
      const pairs = of(sample, 1).length * of(sample, 0).length;
      expect(rocAuc(sample)).toBeCloseTo(wins / pairs, 14);
    }
  });

  test('by hand', () => {
    expect(rocAuc({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] })).toBe(0.75);
    expect(rocAuc({ labels: [1, 0], scores: [3, 3] })).toBe(0.5);
    expect(rocAuc({ labels: [1, 0], scores: [0, -0] })).toBe(0.5);
    expect(rocAuc({ labels: [0, 1], scores: [-1e308, 1e308] })).toBe(1);
  });

  test('turns over with the labels and with the sign; other monotone maps leave it', () => {
    for (const sample of samples) {
      const { labels, scores } = sample;
      const auc = rocAuc(sample);
      expect(rocAuc({ labels: labels.map((l) => 1 - l), scores })).toBeCloseTo(1 - auc, 14);
      expect(rocAuc({ labels, scores: scores.map((s) => -s) })).toBeCloseTo(1 - auc, 14);
      expect(rocAuc({ labels, scores: scores.map((s) => Math.exp(s / 3) - 5) })).toBe(auc);
      expect(rocAuc({ labels: labels.toReversed(), scores: scores.toReversed() })).toBe(auc);
    }
  });

  test('takes typed arrays', () => {
    expect(
      rocAuc({ labels: Uint8Array.of(0, 1, 1), scores: Float32Array.of(0.5, 0.25, 0.75) }),
    ).toBe(0.5);
  });
});

describe('ks', () => {
  test('is the widest gap between the distribution functions', () => {
    for (const sample of samples) {
      const shareUpTo = (values: number[], t: number): number =>
        values.filter((v) => v <= t).length / values.length;
      const gaps = sample.scores.map((t) =>
        Math.abs(shareUpTo(of(sample, 1), t) - shareUpTo(of(sample, 0), t)),
      );
      expect(ks(sample)).toBeCloseTo(Math.max(...gaps), 14);
    }
  });

  test('does not care which class scores higher', () => {
    for (const { labels, scores } of samples) {
      expect(ks({ labels, scores: scores.map((s) => -s) })).toBeCloseTo(ks({ labels, scores }), 14);
    }
    expect(ks({ labels: [0, 0, 1, 1], scores: [1, 1, 1, 1] })).toBe(0);
    expect(ks({ labels: [1, 1, 0, 0], scores: [1, 2, 3, 4] })).toBe(1);
  });
});

describe('averagePrecision', () => {
  test('is the precision at each threshold, weighed by the positives it adds', () => {
    for (const sample of samples) {
      const { labels, scores } = sample;
      let sum = 0;
      for (const [i, label] of labels.entries()) {
        if (label === 0) continue;
        const above = labels.filter((_, j) => scores[j]! >= scores[i]!);
        sum += above.filter((l) => l === 1).length / above.length;
      }
      expect(averagePrecision(sample)).toBeCloseTo(sum / of(sample, 1).length, 13);
    }
  });

  test('of equal scores it is the base rate', () => {
    expect(averagePrecision({ labels: [1, 0, 0, 0], scores: [2, 2, 2, 2] })).toBe(0.25);
  });
});

describe('rocCurve', () => {
  test('encloses the AUC by the trapezoid rule, with or without intermediate points', () => {
    for (const sample of samples) {
      for (const dropIntermediate of [false, true]) {
        const curve = rocCurve({ ...sample, dropIntermediate });
        const { falsePositiveRate: x, truePositiveRate: y } = curve;
        let area = 0;
        for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
        expect(area).toBeCloseTo(rocAuc(sample), 13);
        expect([x[0], y[0], curve.thresholds[0]]).toEqual([0, 0, Infinity]);
        expect([x.at(-1), y.at(-1)]).toEqual([1, 1]);
      }
    }
  });

  test('drops a point that lies midway between its neighbours, but not the first score', () => {
    const labels = [1, 1, 1, 0, 0, 1];
    const scores = [9, 8, 7, 6, 5, 4];
    const all = rocCurve({ labels, scores });
    expect([...all.thresholds]).toEqual([Infinity, 9, 8, 7, 6, 5, 4]);
    const some = rocCurve({ labels, scores, dropIntermediate: true });
    expect([...some.thresholds]).toEqual([Infinity, 9, 7, 5, 4]);
    expect([...some.truePositiveRate]).toEqual([0, 0.25, 0.75, 0.75, 1]);
    expect([...some.falsePositiveRate]).toEqual([0, 0, 0, 1, 1]);
  });
});

describe.each([
  ['rocAuc', rocAuc],
  ['ks', ks],
  ['averagePrecision', averagePrecision],
  ['rocCurve', rocCurve],
])('%s refuses', (_, measure) => {
  test.each([
    ['no users', [], [], 'labels: expected at least one label, found none'],
    ['one class', [1, 1], [1, 2], 'both classes, found 2 positives and 0 negatives'],
    ['another class', [0, 2], [1, 2], 'labels[1]: expected 0 or 1, found 2'],
    ['a label that is not a number', [0, Number.NaN], [1, 2], 'labels[1]'],
    ['a score that is not a number', [0, 1], [1, Number.NaN], 'scores[1]: expected a finite'],
    ['an infinite score', [0, 1], [Infinity, 1], 'scores[0]: expected a finite number'],
    ['other lengths', [0, 1], [1], 'scores: expected one number per user, 2 in all, found 1'],
  ])('%s', (_name, labels, scores, message) => {
    expect(() => measure({ labels, scores })).toThrow(message);
    expect(() => measure({ labels, scores })).toThrow(InputError);
  });
});

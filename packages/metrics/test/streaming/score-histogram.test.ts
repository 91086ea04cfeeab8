import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  addScores,
  createScoreHistogram,
  histogramSeparation,
  ks,
  mergedHistogram,
  rocAuc,
  type ScoreHistogram,
} from '@q-anchor/metrics';

const draw = (seed: number, users: number, scale = 1) => {
  const random = createRandom(seed);
  const labels = Array.from({ length: users }, () => (random.uniform() < 0.2 ? 1 : 0));
  labels[0] = 0;
  labels[1] = 1;
  return { labels, scores: labels.map((label) => scale * (random.normal() + label)) };
};

const histogramOf = (
  batch: { readonly labels: ArrayLike<number>; readonly scores: ArrayLike<number> },
  binsPerOctave = 16,
): ScoreHistogram => {
  const histogram = createScoreHistogram({ binsPerOctave });
  addScores(histogram, batch);
  return histogram;
};

describe('a histogram of scores', () => {
  test('bounds hold, at any width of bins, scale and sign', () => {
    for (let seed = 0; seed < 60; seed++) {
      const scale = 10 ** ((seed % 13) - 6);
      const sample = draw(seed, 30 + 20 * seed, scale);
      const exact = { auc: rocAuc(sample), ks: ks(sample) };
      for (const binsPerOctave of [1, 4, 64, 8192]) {
        const {
          auc,
          aucError,
          ks: low,
          ksError,
        } = histogramSeparation(histogramOf(sample, binsPerOctave));
        expect(Math.abs(auc - exact.auc)).toBeLessThanOrEqual(aucError + 1e-13);
        expect(low).toBeLessThanOrEqual(exact.ks + 1e-13);
        expect(exact.ks).toBeLessThanOrEqual(low + ksError + 1e-13);
      }
    }
  });

  test('bounds are reached where positives are all above, or all below, within a bin', () => {
    const labels = [1, 1, 0, 0];
    for (const scores of [
      [1.8, 1.9, 1.1, 1.2],
      [1.1, 1.2, 1.8, 1.9],
    ]) {
      const {
        auc,
        aucError,
        ks: low,
        ksError,
      } = histogramSeparation(histogramOf({ labels, scores }, 1));
      expect([auc, aucError, low, ksError]).toEqual([0.5, 0.5, 0, 1]);
      expect(Math.abs(rocAuc({ labels, scores }) - auc)).toBe(aucError);
      expect(ks({ labels, scores })).toBe(low + ksError);
    }
  });

  test('narrower bins leave smaller errors: of 20,000 scores little more than rounding', () => {
    const sample = draw(7, 20_000);
    const errors = [4, 64, 1024, 16_384].map((bins) =>
      histogramSeparation(histogramOf(sample, bins)),
    );
    for (const [i, { aucError, ksError }] of errors.entries()) {
      if (i === 0) continue;
      expect(aucError).toBeLessThan(errors[i - 1]!.aucError / 4);
      expect(ksError).toBeLessThanOrEqual(errors[i - 1]!.ksError);
    }
    const { auc, aucError } = histogramSeparation(histogramOf(sample, 8192));
    expect(aucError).toBeLessThan(1 / (2 * 8192));
    expect(auc).toBeCloseTo(rocAuc(sample), 5);
  });

  test('scores of few digits are exact', () => {
    const random = createRandom(8);
    const { labels } = draw(8, 500);
    const scores = labels.map((label) => (random.integer(9) + label - 4) / 8);
    const { auc, ks: low } = histogramSeparation(histogramOf({ labels, scores }, 64));
    expect(auc).toBeCloseTo(rocAuc({ labels, scores }), 14);
    expect(low).toBeCloseTo(ks({ labels, scores }), 14);
    expect(histogramSeparation(histogramOf({ labels: [1, 0], scores: [0, -0] })).auc).toBe(0.5);
  });

  test('merged parts equal the whole, in any order, and a copy through a message is as good', () => {
    const sample = draw(9, 1000);
    const whole = histogramOf(sample);
    const parts = [0, 300, 301, 999].map((start, i, starts) =>
      histogramOf({
        labels: sample.labels.slice(start, starts[i + 1]),
        scores: sample.scores.slice(start, starts[i + 1]),
      }),
    );
    expect(mergedHistogram(parts)).toEqual(whole);
    expect(mergedHistogram(structuredClone(parts.toReversed()))).toEqual(whole);
    const [first, ...others] = parts;
    expect(mergedHistogram([mergedHistogram(others), first!])).toEqual(whole);
  });

  test('the ends of the scale keep their order', () => {
    const scores = [-1e300, -1e12, -1, -1e-12, 0, 1e-12, 1, 1e12, 1e300];
    for (let i = 0; i < scores.length; i++) {
      for (let j = 0; j < i; j++) {
        const sample = { labels: [1, 0], scores: [scores[i]!, scores[j]!] };
        const { auc, aucError } = histogramSeparation(histogramOf(sample));
        expect(auc + aucError).toBe(1);
      }
    }
    const inOrder = { labels: [1, 0], scores: [1, -1e-12] };
    expect(histogramSeparation(histogramOf(inOrder))).toMatchObject({ auc: 1, aucError: 0 });
  });

  test('a refused batch changes nothing, an empty one is no error', () => {
    const histogram = histogramOf({ labels: [1, 0], scores: [1, 2] });
    const before = structuredClone(histogram);
    expect(() => addScores(histogram, { labels: [1, 0], scores: [3, Number.NaN] })).toThrow(
      'scores[1]',
    );
    expect(() => addScores(histogram, { labels: [1, 2], scores: [3, 4] })).toThrow('labels[1]');
    addScores(histogram, { labels: [], scores: [] });
    expect(histogram).toEqual(before);
  });

  test.each([
    [
      () => createScoreHistogram({ binsPerOctave: 100 }),
      'a power of two from 1 to 2^20, found 100',
    ],
    [() => createScoreHistogram({ binsPerOctave: 2 ** 21 }), 'binsPerOctave'],
    [() => createScoreHistogram({ binsPerOctave: 0 }), 'binsPerOctave'],
    [() => mergedHistogram([]), 'number of histograms'],
    [
      () => mergedHistogram([4, 8].map((binsPerOctave) => createScoreHistogram({ binsPerOctave }))),
      'histograms[1].binsPerOctave: expected 4 as in the first, found 8',
    ],
    [() => histogramSeparation(createScoreHistogram({ binsPerOctave: 1 })), 'both classes'],
  ])('%s is refused', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(InputError);
  });
});

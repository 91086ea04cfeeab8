import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { gainCurve, topShare } from '@q-anchor/metrics';

describe('gainCurve', () => {
  test('by hand, without ties', () => {
    const labels = [1, 0, 1, 0, 0, 0, 0, 1, 0, 0];
    const scores = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
    const [top, third, all] = gainCurve({ labels, scores, shares: [0.1, 0.3, 1] });
    expect(top).toEqual({
      share: 0.1,
      threshold: 9,
      recall: expect.closeTo(1 / 3, 15),
      precision: 1,
      lift: expect.closeTo(10 / 3, 14),
    });
    expect(third!.recall).toBeCloseTo(2 / 3, 15);
    expect(third!.precision).toBeCloseTo(2 / 3, 15);
    expect(all).toEqual({ share: 1, threshold: 0, recall: 1, precision: 0.3, lift: 1 });
  });

  test('ties and parts of a user are expectations over random order', () => {
    const random = createRandom(1);
    const labels = Array.from({ length: 30 }, (_, i) => (i < 8 ? 1 : random.integer(2)));
    labels[9] = 0;
    const scores = labels.map((label) => random.integer(4) + label);
    const shares = [0.1, 0.25, 0.5, 0.77];
    const points = gainCurve({ labels, scores, shares });
    const draws = 4000;
    for (const [i, share] of shares.entries()) {
      const taken = share * labels.length;
      let found = 0;
      for (let draw = 0; draw < draws; draw++) {
        const order = random
          .shuffled([...labels.keys()])
          .toSorted((a, b) => scores[b]! - scores[a]!);
        for (const [place, user] of order.entries()) {
          found += labels[user]! * Math.max(0, Math.min(1, taken - place));
        }
      }
      const positives = labels.reduce((a, b) => a + b, 0);
      expect(points[i]!.recall).toBeCloseTo(found / draws / positives, 2);
    }
  });

  test('rises to 1 in tenths, whatever the order of users', () => {
    const random = createRandom(2);
    const labels = Array.from({ length: 57 }, (_, i) => (i % 3) % 2);
    const scores = labels.map((label) => random.normal() + label);
    const points = gainCurve({ labels, scores });
    expect(points.map(({ share }) => share)).toEqual([
      0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ]);
    for (const [i, point] of points.entries()) {
      expect(point.recall).toBeGreaterThanOrEqual(points[i - 1]?.recall ?? 0);
    }
    const turned = { labels: labels.toReversed(), scores: scores.toReversed() };
    expect(gainCurve(turned)).toEqual(points);
  });

  test('of equal scores lifts nothing', () => {
    expect(topShare({ labels: [0, 1, 0, 1], scores: [3, 3, 3, 3], share: 0.3 })).toEqual({
      share: 0.3,
      threshold: 3,
      recall: expect.closeTo(0.3, 15),
      precision: expect.closeTo(0.5, 15),
      lift: expect.closeTo(1, 15),
    });
  });

  test.each([[0], [1.01], [-0.1], [Number.NaN]])('refuses a share of %d', (share) => {
    const measure = () => gainCurve({ labels: [0, 1], scores: [1, 2], shares: [0.5, share] });
    expect(measure).toThrow(`shares[1]: expected a share above 0 and up to 1, found ${share}`);
    expect(measure).toThrow(InputError);
  });
});

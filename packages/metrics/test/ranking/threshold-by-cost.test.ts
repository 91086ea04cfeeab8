import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { sigmoid, thresholdByCost } from '@q-anchor/metrics';

describe('thresholdByCost', () => {
  test('by hand', () => {
    const sample = { labels: [1, 0, 1, 0, 0], scores: [5, 4, 3, 2, 1] };
    expect(thresholdByCost({ ...sample, costs: { falsePositive: 1, falseNegative: 3 } })).toEqual({
      threshold: 3,
      meanCost: 1 / 5,
      truePositives: 2,
      falsePositives: 1,
      falseNegatives: 0,
      trueNegatives: 2,
    });
    // A missed positive is cheaper than a false alarm: stop after the first.
    expect(
      thresholdByCost({ ...sample, costs: { falsePositive: 3, falseNegative: 1 } }).threshold,
    ).toBe(5);
    expect(
      thresholdByCost({ ...sample, costs: { falsePositive: 1, falseNegative: 0 } }),
    ).toMatchObject({ threshold: Infinity, meanCost: 0, truePositives: 0, falseNegatives: 2 });
  });

  test('nothing else is cheaper, with ties and benefits', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed);
      const labels = [0, 1, ...Array.from({ length: 40 }, () => random.integer(2))];
      const scores = labels.map((label) => random.integer(6) + label);
      const costs = {
        falsePositive: random.integer(5),
        falseNegative: random.integer(9),
        truePositive: -random.integer(3),
        trueNegative: random.integer(2),
      };
      const costOf = (threshold: number): number =>
        labels.reduce((sum, label, i) => {
          const acted = scores[i]! >= threshold;
          if (label === 1) return sum + (acted ? costs.truePositive : costs.falseNegative);
          return sum + (acted ? costs.falsePositive : costs.trueNegative);
        }, 0);
      const choice = thresholdByCost({ labels, scores, costs });
      const tried = [...new Set([...scores, Infinity])].map((t) => ({ t, cost: costOf(t) }));
      const least = Math.min(...tried.map(({ cost }) => cost));
      expect(choice.meanCost * labels.length).toBeCloseTo(least, 10);
      const highest = Math.max(...tried.filter(({ cost }) => cost === least).map(({ t }) => t));
      expect(choice.threshold).toBe(highest);
    }
  });

  test('with calibrated probabilities it is near the ratio of the costs', () => {
    const random = createRandom(3);
    const scores = Array.from({ length: 40_000 }, () => sigmoid(2 * random.normal()));
    const labels = scores.map((p) => (random.uniform() < p ? 1 : 0));
    const { threshold } = thresholdByCost({
      labels,
      scores,
      costs: { falsePositive: 1, falseNegative: 4 },
    });
    expect(threshold).toBeGreaterThan(0.14);
    expect(threshold).toBeLessThan(0.26);
  });

  test('refuses a cost that is not finite', () => {
    const choose = () =>
      thresholdByCost({
        labels: [0, 1],
        scores: [1, 2],
        costs: { falsePositive: 1, falseNegative: Infinity },
      });
    expect(choose).toThrow('costs.falseNegative: expected a finite number, found Infinity');
    expect(choose).toThrow(InputError);
  });
});

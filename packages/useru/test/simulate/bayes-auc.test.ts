import { createRandom } from '@q-anchor/core';
import { bayesAuc } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

/** The definition, pair by pair. */
const slow = (p: readonly number[]): number => {
  let [favourable, all] = [0, 0];
  for (const [i, a] of p.entries()) {
    for (const [j, b] of p.entries()) {
      if (i === j) continue;
      all += a * (1 - b);
      favourable += a * (1 - b) * (a > b ? 1 : a === b ? 0.5 : 0);
    }
  }
  return favourable / all;
};

describe('bayesAuc', () => {
  it('is a hand value', () => {
    // Pairs (0.8, 0.2): 0.64 in favour of 0.64 + 0.04.
    expect(bayesAuc([0.2, 0.8])).toBeCloseTo(0.64 / 0.68, 12);
    expect(bayesAuc([0.5, 0.5])).toBe(0.5);
    expect(bayesAuc([1, 0, 0])).toBe(1);
  });

  it('is what the definition gives, with ties, in any order', () => {
    const random = createRandom(3);
    const p = Array.from({ length: 60 }, () => Math.round(10 * random.uniform()) / 10);
    expect(bayesAuc(p)).toBeCloseTo(slow(p), 12);
    expect(bayesAuc(random.shuffled(p))).toBe(bayesAuc(p));
  });

  it('is what drawn labels average to', () => {
    const random = createRandom(4);
    const p = Array.from({ length: 400 }, () => random.uniform() ** 2);
    const aucs = Array.from({ length: 60 }, () => {
      const labels = p.map((x) => random.uniform() < x);
      let [above, pairs] = [0, 0];
      for (const [i, a] of p.entries()) {
        if (!labels[i]) continue;
        for (const [j, b] of p.entries()) {
          if (labels[j]) continue;
          pairs++;
          above += Number(a > b);
        }
      }
      return above / pairs;
    });
    const average = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
    expect(Math.abs(average - bayesAuc(p))).toBeLessThan(0.01);
  });

  it('is NaN where no pair can differ', () => {
    for (const p of [[], [0.4], [1, 1], [0, 0]]) expect(bayesAuc(p)).toBeNaN();
  });
});

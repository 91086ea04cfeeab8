import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import { delongAuc, delongComparison, rocAuc } from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';
import { shareHeld } from '../support/intervals.js';
import { trueAuc } from '../support/normal-scores.js';

interface DelongGolden {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly other: readonly number[];
  readonly auc: number;
  readonly other_auc: number;
  readonly standard_error: number;
  readonly other_standard_error: number;
  readonly interval: readonly number[];
  readonly difference: number;
  readonly difference_standard_error: number;
  readonly difference_interval: readonly number[];
  readonly z: number;
  readonly p: number;
}

const goldens = readGolden('delong') as readonly DelongGolden[];

/** The truth is a difference of .7602 - .6382 in AUC; the two scores share most of their noise. */
const pair = (seed: number, users: number) => {
  const random = createRandom(seed);
  const labels = Array.from({ length: users }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const noise = labels.map(() => random.normal());
  return {
    labels,
    scores: labels.map((label, i) => label + noise[i]!),
    otherScores: labels.map((label, i) => label / 2 + 0.8 * noise[i]! + 0.6 * random.normal()),
  };
};

describe.each(goldens)('the definition over all pairs, scipy for the tails', (golden) => {
  const { labels, scores, other: otherScores } = golden;

  test('the AUC of one score', () => {
    const { auc, standardError, interval } = delongAuc({ labels, scores });
    expect(auc).toBeCloseTo(golden.auc, 13);
    expect(standardError).toBeCloseTo(golden.standard_error, 13);
    expect(interval[0]).toBeCloseTo(golden.interval[0]!, 13);
    expect(interval[1]).toBeCloseTo(Math.min(1, golden.interval[1]!), 13);
    expect(delongAuc({ labels, scores: otherScores }).standardError).toBeCloseTo(
      golden.other_standard_error,
      13,
    );
  });

  test('the difference of two', () => {
    const comparison = delongComparison({ labels, scores, otherScores });
    expect(comparison.auc).toBeCloseTo(golden.auc, 13);
    expect(comparison.otherAuc).toBeCloseTo(golden.other_auc, 13);
    expect(comparison.difference).toBeCloseTo(golden.difference, 13);
    expect(comparison.standardError).toBeCloseTo(golden.difference_standard_error, 13);
    expect(comparison.interval[0]).toBeCloseTo(golden.difference_interval[0]!, 13);
    expect(comparison.interval[1]).toBeCloseTo(golden.difference_interval[1]!, 13);
    expect(comparison.z).toBeCloseTo(golden.z, 11);
    expect(comparison.pValue).toBeCloseTo(golden.p, 12);
  });
});

describe('delongAuc', () => {
  test('by hand: placements 1, 1/2 of two positives and 1/2, 1 of two negatives', () => {
    // AUC 3/4; both variances are 1/8, so the variance is 1/8 / 2 + 1/8 / 2.
    const { auc, standardError } = delongAuc({
      labels: [0, 0, 1, 1],
      scores: [0.1, 0.4, 0.35, 0.8],
    });
    expect([auc, standardError ** 2]).toEqual([0.75, expect.closeTo(1 / 8, 14)]);
  });

  test('holds the truth about as often as it says', () => {
    const held = shareHeld(trueAuc, {
      trials: 300,
      interval: (trial) => delongAuc(pair(trial, 200)).interval,
    });
    expect(held).toBeGreaterThan(0.9);
    expect(held).toBeLessThan(0.985);
  });

  test('the order of users and monotone maps leave it, turning the score turns it', () => {
    const { labels, scores } = pair(5, 60);
    const own = delongAuc({ labels, scores });
    const turned = delongAuc({ labels: labels.toReversed(), scores: scores.toReversed() });
    expect(turned.standardError).toBeCloseTo(own.standardError, 14);
    const mapped = delongAuc({ labels, scores: scores.map((s) => Math.exp(s)) });
    expect(mapped).toEqual(own);
    const negated = delongAuc({ labels, scores: scores.map((s) => -s) });
    expect(negated.auc).toBeCloseTo(1 - own.auc, 14);
    expect(negated.standardError).toBeCloseTo(own.standardError, 14);
    expect(own.auc).toBeCloseTo(rocAuc({ labels, scores }), 14);
  });

  test('stays within 0 and 1', () => {
    const labels = [0, 0, 0, 1, 1];
    expect(delongAuc({ labels, scores: [1, 2, 4, 3, 5] }).interval[1]).toBe(1);
    expect(delongAuc({ labels, scores: [1, 2, 3, 4, 5] })).toEqual({
      auc: 1,
      standardError: 0,
      interval: [1, 1],
    });
  });
});

describe('delongComparison', () => {
  test('pairing sees what two intervals do not', () => {
    const { labels, scores } = pair(1, 800);
    const random = createRandom(2);
    const otherScores = scores.map((s, i) => s + 0.08 * random.normal() - 0.12 * labels[i]!);
    const { pValue } = delongComparison({ labels, scores, otherScores });
    expect(pValue).toBeLessThan(1e-6);
    const own = delongAuc({ labels, scores });
    expect(delongAuc({ labels, scores: otherScores }).auc).toBeGreaterThan(own.interval[0]);
  });

  test('of equal rankings says so, of turned models turns', () => {
    const { labels, scores, otherScores } = pair(3, 100);
    const same = { labels, scores, otherScores: scores.map((s) => 2 * s + 1) };
    expect(delongComparison(same)).toMatchObject({
      difference: 0,
      standardError: 0,
      z: 0,
      pValue: 1,
    });
    const one = delongComparison({ labels, scores, otherScores });
    const other = delongComparison({ labels, scores: otherScores, otherScores: scores });
    expect(other.difference).toBe(-one.difference);
    expect(other.pValue).toBeCloseTo(one.pValue, 14);
  });

  test('under no difference, small p values are as rare as they should be', () => {
    let small = 0;
    for (let trial = 0; trial < 300; trial++) {
      const random = createRandom(1000 + trial);
      const labels = Array.from({ length: 150 }, (_, i) => i % 2);
      const common = labels.map((label) => label + random.normal());
      const noisy = () => common.map((value) => value + 0.7 * random.normal());
      if (delongComparison({ labels, scores: noisy(), otherScores: noisy() }).pValue < 0.1) small++;
    }
    expect(small / 300).toBeGreaterThan(0.05);
    expect(small / 300).toBeLessThan(0.16);
  });
});

test.each([
  [{ labels: [0, 0, 0, 1] }, 'at least 2 users of each class, found 1 positives and 3 negatives'],
  [{ labels: [1, 1, 1, 1] }, 'both classes'],
  [{ level: 1 }, 'level: expected a share'],
  [{ otherScores: [1, 2] }, 'scores: expected one number per user'],
  [{ scores: [1, 2, 3, Number.NaN] }, 'scores[3]'],
])('%o is refused', (change, message) => {
  const options = { labels: [0, 1, 0, 1], scores: [1, 2, 3, 4], otherScores: [1, 2, 3, 4] };
  const compare = () => delongComparison({ ...options, ...change });
  expect(compare).toThrow(message);
  expect(compare).toThrow(InputError);
});

import { InputError, createRandom } from '@q-anchor/core';
import { describe, expect, test } from 'vitest';

import {
  brierScore,
  calibrationError,
  isotonicCalibration,
  isotonicProbabilities,
  logLoss,
  plattCalibration,
  plattProbabilities,
  reliabilityCurve,
  sigmoid,
} from '@q-anchor/metrics';

import { readGolden } from '../goldens/read-golden.js';

interface CalibrationGolden {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly probabilities: readonly number[];
  readonly at: readonly number[];
  readonly isotonic: readonly number[];
  readonly platt: readonly [slope: number, intercept: number];
  readonly curves: Readonly<
    Record<
      'uniform' | 'quantile',
      { readonly rate: readonly number[]; readonly mean: readonly number[] }
    >
  >;
  readonly counts: readonly number[];
  readonly wilson: ReadonlyArray<readonly [number, number]>;
  readonly expected_error: number;
  readonly largest_error: number;
}

const goldens = readGolden('calibration') as readonly CalibrationGolden[];

const near = (expected: readonly number[], digits = 12): unknown =>
  expected.map((value) => expect.closeTo(value, digits));

/** Positives at rate sigmoid(1.5 s - 1). */
const draw = (seed: number, users: number) => {
  const random = createRandom(seed);
  const scores = Array.from({ length: users }, () => random.normal());
  const labels = scores.map((s) => (random.uniform() < sigmoid(1.5 * s - 1) ? 1 : 0));
  return { labels, scores };
};

describe.each(goldens)('scikit-learn, scipy and statsmodels agree', (golden) => {
  const { labels, scores, probabilities } = golden;

  test('on isotonic regression', () => {
    expect(
      Array.from(isotonicProbabilities(isotonicCalibration({ labels, scores }), golden.at)),
    ).toEqual(near(golden.isotonic));
  });

  test("on Platt's map", () => {
    const { slope, intercept } = plattCalibration({ labels, scores });
    expect(Array.from([slope, intercept])).toEqual(near(golden.platt, 10));
  });

  test('on the reliability curve', () => {
    const even = reliabilityCurve({ labels, probabilities });
    expect(Array.from(even.map((bin) => bin.positiveRate))).toEqual(
      near(golden.curves.uniform.rate),
    );
    expect(Array.from(even.map((bin) => bin.meanProbability))).toEqual(
      near(golden.curves.uniform.mean),
    );
    expect(Array.from(even.map((bin) => bin.users))).toEqual(near(golden.counts));
    expect(Array.from(even.flatMap((bin) => [...bin.interval]))).toEqual(
      near(golden.wilson.flat()),
    );
    const counts = reliabilityCurve({ labels, probabilities, binning: 'equal-count' });
    expect(Array.from(counts.map((bin) => bin.positiveRate))).toEqual(
      near(golden.curves.quantile.rate),
    );
    expect(Array.from(counts.map((bin) => bin.meanProbability))).toEqual(
      near(golden.curves.quantile.mean),
    );
  });

  test('on the calibration error', () => {
    const { expected, largest } = calibrationError({ labels, probabilities });
    expect(Array.from([expected, largest])).toEqual(
      near([golden.expected_error, golden.largest_error]),
    );
  });
});

describe('isotonic calibration', () => {
  test('by hand: violators are pooled', () => {
    const calibration = isotonicCalibration({
      labels: [0, 1, 0, 0, 1, 1],
      scores: [1, 2, 3, 4, 5, 6],
    });
    expect([...calibration.scores]).toEqual([1, 2, 4, 5, 6]);
    expect(Array.from(calibration.probabilities)).toEqual(near([0, 1 / 3, 1 / 3, 1, 1]));
    expect(Array.from(isotonicProbabilities(calibration, [-9, 1.5, 3, 4.25, 99]))).toEqual(
      near([0, 1 / 6, 1 / 3, 0.5, 1]),
    );
  });

  test('users with one score are one point, the order of users does not matter', () => {
    const sample = { labels: [1, 0, 1, 0], scores: [2, 2, 1, 1] };
    const calibration = isotonicCalibration(sample);
    expect(Array.from(isotonicProbabilities(calibration, [0, 1, 2]))).toEqual(
      near([0.5, 0.5, 0.5]),
    );
    const { labels, scores } = draw(1, 300);
    const rounded = scores.map((s) => Math.round(4 * s));
    const turned = { labels: labels.toReversed(), scores: rounded.toReversed() };
    expect(isotonicCalibration(turned)).toEqual(isotonicCalibration({ labels, scores: rounded }));
  });

  test('never falls, and no other rising map of the scores has a smaller squared error', () => {
    const { labels, scores } = draw(2, 500);
    const fitted = isotonicProbabilities(isotonicCalibration({ labels, scores }), scores);
    const own = brierScore({ labels, probabilities: fitted });
    for (const slope of [0.8, 1.5, 2.2]) {
      const probabilities = scores.map((s) => sigmoid(slope * s - 1));
      expect(own).toBeLessThan(brierScore({ labels, probabilities }));
    }
    const rising = [...scores.keys()].toSorted((a, b) => scores[a]! - scores[b]!);
    for (const [i, user] of rising.entries()) {
      expect(fitted[user]).toBeGreaterThanOrEqual(fitted[rising[i - 1] ?? user]!);
    }
  });

  test.each([
    [{ labels: [], scores: [] }, 'at least one label'],
    [{ labels: [0, 3], scores: [1, 2] }, 'labels[1]'],
    [{ labels: [0, 1], scores: [1, Infinity] }, 'scores[1]'],
  ])('refuses %o', (sample, message) => {
    expect(() => isotonicCalibration(sample)).toThrow(message);
    expect(() => isotonicCalibration(sample)).toThrow(InputError);
  });
});

describe("Platt's calibration", () => {
  test('finds the map the labels were drawn by, on any scale of the scores', () => {
    const { labels, scores } = draw(3, 20_000);
    const { slope, intercept } = plattCalibration({ labels, scores });
    expect(slope).toBeCloseTo(1.5, 0.9);
    expect(intercept).toBeCloseTo(-1, 0.9);
    const moved = plattCalibration({ labels, scores: scores.map((s) => 5e6 + 1e3 * s) });
    expect(moved.slope * 1e3).toBeCloseTo(slope, 9);
    expect(Array.from(plattProbabilities(moved, [5e6, 5e6 + 1e3]))).toEqual(
      near([...plattProbabilities({ slope, intercept }, [0, 1])], 9),
    );
  });

  test('lowers the log loss of scores that were too sure', () => {
    const { labels, scores } = draw(4, 1000);
    const sure = scores.map((s) => 6 * s);
    const calibrated = plattProbabilities(plattCalibration({ labels, scores: sure }), sure);
    expect(logLoss({ labels, probabilities: calibrated })).toBeLessThan(
      0.7 * logLoss({ labels, probabilities: sure.map(sigmoid) }),
    );
  });

  test('stays finite on separable classes and on equal scores', () => {
    const { slope, intercept } = plattCalibration({ labels: [0, 0, 1, 1], scores: [1, 2, 3, 4] });
    expect(slope).toBeGreaterThan(0);
    expect(Number.isFinite(intercept)).toBe(true);
    // The mean target of 3 positives and 1 negative: (3 * 4/5 + 1/3) / 4.
    const flat = plattCalibration({ labels: [1, 1, 1, 0], scores: [7, 7, 7, 7] });
    expect(plattProbabilities(flat, [7])[0]).toBeCloseTo((3 * 0.8 + 1 / 3) / 4, 12);
  });

  test('refuses one class', () => {
    expect(() => plattCalibration({ labels: [1, 1], scores: [1, 2] })).toThrow('both classes');
    expect(() => plattProbabilities({ slope: 1, intercept: 0 }, [Number.NaN])).toThrow('scores[0]');
  });
});

describe('reliabilityCurve and calibrationError', () => {
  test('all users are in some bin, ends of bins belong to the lower one', () => {
    const labels = [0, 1, 0, 1, 1];
    const probabilities = [0, 0.5, 0.5, 0.51, 1];
    const bins = reliabilityCurve({ labels, probabilities, bins: 2 });
    expect(bins.map(({ from, to, users }) => [from, to, users])).toEqual([
      [0, 0.5, 3],
      [0.5, 1, 2],
    ]);
    const few = reliabilityCurve({ labels, probabilities, bins: 50, binning: 'equal-count' });
    expect(few.reduce((sum, { users }) => sum + users, 0)).toBe(5);
  });

  test('calibrated probabilities have little error, shifted ones what they were shifted by', () => {
    const { labels, scores } = draw(5, 50_000);
    const probabilities = scores.map((s) => sigmoid(1.5 * s - 1));
    expect(calibrationError({ labels, probabilities }).expected).toBeLessThan(0.01);
    const shifted = probabilities.map((p) => 0.8 * p + 0.2);
    const gap = probabilities.reduce((sum, p) => sum + 0.2 - 0.2 * p, 0) / probabilities.length;
    expect(calibrationError({ labels, probabilities: shifted }).expected).toBeCloseTo(gap, 2);
  });

  test.each([
    [{ bins: 0 }, 'bins: expected an integer of 1 or more, found 0'],
    [{ bins: 2.5 }, 'bins'],
    [{ level: 0 }, 'level'],
    [{ probabilities: [0, 1.2] }, 'probabilities[1]'],
  ])('%o is refused', (change, message) => {
    const measure = () =>
      reliabilityCurve({ labels: [0, 1], probabilities: [0.2, 0.4], ...change });
    expect(measure).toThrow(message);
    expect(measure).toThrow(InputError);
  });
});

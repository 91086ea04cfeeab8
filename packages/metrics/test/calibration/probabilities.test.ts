import { describe, expect, test } from 'vitest';

import { brierScore, logLoss, sigmoid } from '@q-anchor/metrics';

describe('logLoss', () => {
  test('by hand', () => {
    expect(logLoss({ labels: [1, 0], probabilities: [0.5, 0.5] })).toBeCloseTo(Math.LN2, 15);
    expect(logLoss({ labels: [1, 0, 0], probabilities: [0.8, 0.1, 0.4] })).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.9) + Math.log(0.6)) / 3,
      15,
    );
  });

  test('a certain mistake costs much but not everything', () => {
    expect(logLoss({ labels: [1, 1], probabilities: [0, 1] })).toBeCloseTo(
      36.0436533891172 / 2,
      10,
    );
    expect(logLoss({ labels: [0], probabilities: [0] })).toBeCloseTo(0, 14);
  });
});

describe('brierScore', () => {
  test('by hand', () => {
    expect(brierScore({ labels: [1, 0], probabilities: [0.75, 0.5] })).toBe((0.0625 + 0.25) / 2);
    expect(brierScore({ labels: [1, 0], probabilities: [1, 0] })).toBe(0);
  });
});

test.each([logLoss, brierScore])('%o refuses what is not a probability', (measure) => {
  expect(() => measure({ labels: [1, 0], probabilities: [0.5, 1.5] })).toThrow(
    'probabilities[1]: expected a probability between 0 and 1, found 1.5',
  );
  expect(() => measure({ labels: [1], probabilities: [Number.NaN] })).toThrow('probabilities[0]');
  expect(() => measure({ labels: [1], probabilities: [] })).toThrow('1 in all, found 0');
  expect(() => measure({ labels: [], probabilities: [] })).toThrow('at least one');
  expect(() => measure({ labels: [3], probabilities: [0.5] })).toThrow('labels[0]');
});

test('sigmoid has its symmetry and its ends', () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(1000)).toBe(1);
  expect(sigmoid(-1000)).toBe(0);
  expect(sigmoid(-700)).toBeGreaterThan(0);
  for (const x of [0.1, 1, 5, 30]) expect(sigmoid(x) + sigmoid(-x)).toBeCloseTo(1, 15);
});
